import { Worker } from 'node:worker_threads';
import type { FromWorker, JobName, JobTypes, ToWorker } from './jobMessages.ts';

/** Nobody wants the answer any more. */
export class JobCancelled extends Error {
  override readonly name = 'JobCancelled';

  constructor(options?: ErrorOptions) {
    super('The question was withdrawn.', options);
  }
}

export interface JobClientOptions {
  /** File of the worker, whose other side is `serveJobs`. */
  readonly worker: URL;
  readonly workerData: unknown;
  /** The error that a failure with a code was on the other side. */
  readonly revive: (code: string, message: string) => Error;
  /** The worker ends when it has had nothing to do for this long, milliseconds. */
  readonly idleMs?: number;
}

const IDLE_MS = 30_000;
/** Work that does not look at its signal is cut off after this long, milliseconds. */
const END_MS = 5_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The near side of a worker: it starts with the first job and ends when there has been none for a while. */
export class JobClient<J extends JobTypes> {
  private readonly options: JobClientOptions;
  private worker: Worker | null = null;
  private idle: NodeJS.Timeout | null = null;
  private number = 0;
  private readonly pending = new Map<number, Pending>();

  constructor(options: JobClientOptions) {
    this.options = options;
  }

  /**
   * @param signal withdraws the job: one that waits is never begun, one under way ends as soon as it looks
   * @throws JobCancelled when it was withdrawn; what `revive` gives; Error when the worker ended or failed without a code
   */
  async run<N extends JobName<J>>(name: N, input: J[N]['input'], signal?: AbortSignal): Promise<J[N]['output']> {
    if (signal?.aborted === true) throw new JobCancelled({ cause: signal.reason });
    if (this.idle !== null) clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    // Only work under way keeps a process alive that wants to end.
    worker.ref();
    const number = ++this.number;
    const cancel = (): void => {
      post(worker, { type: 'cancel', number });
      this.pending.get(number)?.reject(new JobCancelled({ cause: signal?.reason }));
    };
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.pending.set(number, { resolve, reject });
        signal?.addEventListener('abort', cancel, { once: true });
        post(worker, { type: 'job', number, name, input });
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.pending.delete(number);
      if (this.pending.size === 0) {
        worker.unref();
        this.idle = setTimeout(() => void this.end(), this.options.idleMs ?? IDLE_MS).unref();
      }
    }
  }

  /** Ends the worker; jobs under way are cancelled and fail. A later job starts it again. */
  async end(): Promise<void> {
    if (this.idle !== null) clearTimeout(this.idle);
    const { worker } = this;
    if (worker === null) return;
    this.worker = null;
    this.fail(new Error('the worker was ended'));
    worker.ref();
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    post(worker, { type: 'end' });
    const limit = setTimeout(() => void worker.terminate(), END_MS);
    await exited;
    clearTimeout(limit);
  }

  private start(): Worker {
    const { worker: file, workerData } = this.options;
    const worker = new Worker(file, { workerData });
    worker.on('message', (reply: FromWorker) => this.settle(reply));
    const lost = (error: Error): void => {
      if (this.worker !== worker) return;
      this.worker = null;
      this.fail(error);
    };
    worker.on('error', (error: unknown) => lost(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => lost(new Error(`the worker ended with code ${code}`)));
    return worker;
  }

  private settle(reply: FromWorker): void {
    const pending = this.pending.get(reply.number);
    if (reply.ok) {
      pending?.resolve(reply.value);
      return;
    }
    const { code, message } = reply.failure;
    pending?.reject(code === null ? new Error(message) : this.options.revive(code, message));
  }

  private fail(error: Error): void {
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}

function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
