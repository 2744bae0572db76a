import { Worker } from 'node:worker_threads';
import { ReplayError } from './replayError.ts';
import type { JobReply, JobRequest, ReplayJob, ReplayResults, ReplayWorkerData } from './replayJobs.ts';

/** In the source tree the worker lies beside this file; a build lays it beside the bundle. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './replayWorker.ts' : './replayWorker.js', import.meta.url);
const IDLE_MS = 30_000;

interface Pending {
  readonly resolve: (value: ReplayResults[ReplayJob['type']]) => void;
  readonly reject: (error: Error) => void;
}

/** The near side of the replay worker: it starts with the first job and ends when there has been none for 30 seconds. */
export class ReplayWorkerClient {
  private readonly data: ReplayWorkerData;
  private readonly idleMs: number;
  private worker: Worker | null = null;
  private idle: NodeJS.Timeout | null = null;
  private number = 0;
  private readonly pending = new Map<number, Pending>();

  constructor(data: ReplayWorkerData, idleMs: number = IDLE_MS) {
    this.data = data;
    this.idleMs = idleMs;
  }

  /** @throws ReplayError with the worker's sentence; Error when the worker ended or failed without one */
  async run<J extends ReplayJob>(job: J): Promise<ReplayResults[J['type']]> {
    if (this.idle !== null) clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    worker.ref();
    const number = ++this.number;
    const answer = new Promise<ReplayResults[ReplayJob['type']]>((resolve, reject) => this.pending.set(number, { resolve, reject }));
    worker.postMessage({ number, job } satisfies JobRequest);
    try {
      return (await answer) as ReplayResults[J['type']];
    } finally {
      if (this.pending.size === 0) {
        worker.unref();
        this.idle = setTimeout(() => void this.end(), this.idleMs).unref();
      }
    }
  }

  /** Ends the worker; jobs under way fail. */
  async end(): Promise<void> {
    if (this.idle !== null) clearTimeout(this.idle);
    const { worker } = this;
    this.worker = null;
    this.fail(new Error('the replay worker was ended'));
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(WORKER, { workerData: this.data });
    worker.on('message', (reply: JobReply) => this.settle(reply));
    worker.on('error', (error: unknown) => {
      if (this.worker === worker) this.worker = null;
      this.fail(error instanceof Error ? error : new Error(String(error)));
    });
    return worker;
  }

  private settle(reply: JobReply): void {
    const pending = this.pending.get(reply.number);
    this.pending.delete(reply.number);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(reply.code === null ? new Error(reply.message) : new ReplayError(reply.code, reply.message));
  }

  private fail(error: Error): void {
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
