import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EnvironmentReply } from './reply.ts';
import type { EnvironmentCall, EnvironmentKey, EnvironmentWorkerData, WorkerMessage, WorkerRequest } from './workerProtocol.ts';

/** The pool cannot be used. */
export class EnvironmentPoolError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EnvironmentPoolError';
  }
}

/** A call without the number of its environment, as whoever holds the environment makes it. */
export type HandleCall = EnvironmentCall extends infer C ? (C extends EnvironmentCall ? Omit<C, 'key'> : never) : never;

/** One environment in the pool. Calls on it are carried out in the order they were made. */
export interface EnvironmentHandle {
  readonly key: EnvironmentKey;
  /** Number of the worker that plays it. */
  readonly worker: number;
}

export interface WorkerQueue {
  readonly worker: number;
  readonly environments: number;
  /** Calls waiting or being carried out. */
  readonly depth: number;
  readonly restarts: number;
}

export interface PoolCorpus {
  readonly sha256: string;
  readonly servers: number;
  readonly tools: number;
}

export interface EnvironmentPoolOptions {
  /** Module that runs in each worker: `environmentWorker.ts` or its build. */
  readonly workerUrl: URL;
  readonly corpusDir: string;
  /** Default: one per core but the one that serves, at least one. */
  readonly workers?: number;
  /** A call that takes longer is answered with a failure, milliseconds; clients give up after 60 s. Default 50,000. */
  readonly deadlineMs?: number;
  readonly onWorkerLost?: (worker: number, error: Error) => void;
}

/**
 * Environments in worker threads, so that the event loop is free for sockets and pings. The one seam between
 * protocols and engine: nothing else of the server knows how an episode is played.
 */
export interface EnvironmentPool {
  readonly corpus: PoolCorpus;
  /** A new environment on the worker with the fewest. */
  open(): EnvironmentHandle;
  /** Never rejects: failures are replies. */
  call(handle: EnvironmentHandle, call: HandleCall): Promise<EnvironmentReply>;
  /** Many calls at once, answered in their order; one message to each worker. */
  batch(calls: readonly { readonly handle: EnvironmentHandle; readonly call: HandleCall }[]): Promise<readonly EnvironmentReply[]>;
  /** Lets go of an environment; later calls on it are answered with `no_environment`. */
  release(handle: EnvironmentHandle): void;
  queues(): readonly WorkerQueue[];
  /** Lets what is in flight finish, then ends the workers. Idempotent. */
  close(): Promise<void>;
}

const DEADLINE_MS = 50_000;

/** @throws EnvironmentPoolError when a worker cannot start. */
export async function createEnvironmentPool(options: EnvironmentPoolOptions): Promise<EnvironmentPool> {
  const count = Math.max(1, options.workers ?? availableParallelism() - 1);
  const lanes = Array.from({ length: count }, (_, index) => new WorkerLane(index, options));
  try {
    const [corpus] = await Promise.all(lanes.map((lane) => lane.start()));
    return new Pool(lanes, corpus as PoolCorpus);
  } catch (error) {
    await Promise.all(lanes.map((lane) => lane.close()));
    throw error;
  }
}

class Pool implements EnvironmentPool {
  readonly corpus: PoolCorpus;
  private readonly lanes: readonly WorkerLane[];
  private readonly open_ = new Set<EnvironmentKey>();
  private next: EnvironmentKey = 1;
  private closing: Promise<void> | null = null;

  constructor(lanes: readonly WorkerLane[], corpus: PoolCorpus) {
    this.lanes = lanes;
    this.corpus = corpus;
  }

  open(): EnvironmentHandle {
    const lane = this.lanes.reduce((best, candidate) => (candidate.environments < best.environments ? candidate : best));
    const handle: EnvironmentHandle = { key: this.next++, worker: lane.index };
    lane.environments += 1;
    this.open_.add(handle.key);
    return handle;
  }

  async call(handle: EnvironmentHandle, call: HandleCall): Promise<EnvironmentReply> {
    const [reply] = await this.batch([{ handle, call }]);
    return reply ?? GONE;
  }

  async batch(calls: readonly { readonly handle: EnvironmentHandle; readonly call: HandleCall }[]): Promise<readonly EnvironmentReply[]> {
    const replies = new Array<EnvironmentReply>(calls.length).fill(GONE);
    const shares = this.lanes.map((): { readonly calls: EnvironmentCall[]; readonly places: number[] } => ({ calls: [], places: [] }));
    for (const [place, { handle, call }] of calls.entries()) {
      if (this.closing !== null || !this.open_.has(handle.key)) continue;
      const share = shares[handle.worker];
      share?.calls.push({ ...call, key: handle.key });
      share?.places.push(place);
    }
    await Promise.all(
      shares.map(async (share, index) => {
        if (share.calls.length === 0) return;
        const answers = (await this.lanes[index]?.send(share.calls)) ?? [];
        for (const [i, place] of share.places.entries()) replies[place] = answers[i] ?? GONE;
      }),
    );
    return replies;
  }

  release(handle: EnvironmentHandle): void {
    if (!this.open_.delete(handle.key)) return;
    const lane = this.lanes[handle.worker];
    if (lane === undefined) return;
    lane.environments -= 1;
    void lane.send([{ type: 'close', key: handle.key }]);
  }

  queues(): readonly WorkerQueue[] {
    return this.lanes.map(({ index, environments, depth, restarts }) => ({ worker: index, environments, depth, restarts }));
  }

  close(): Promise<void> {
    return (this.closing ??= Promise.all(this.lanes.map((lane) => lane.close())).then(() => undefined));
  }
}

const GONE: EnvironmentReply = { ok: false, code: 'no_environment', message: 'This environment is closed; open another session.' };
const LOST: EnvironmentReply = { ok: false, code: 'no_environment', message: 'The environment was lost; reset it to go on.' };
const LATE: EnvironmentReply = { ok: false, code: 'failed', message: 'The environment did not answer in time; reset it to go on.' };

interface Pending {
  readonly size: number;
  readonly timer: NodeJS.Timeout;
  readonly settled: Promise<unknown>;
  readonly settle: (replies: readonly EnvironmentReply[]) => void;
}

/** One worker thread with the calls it was given; a worker that ends is replaced, and its environments begin anew. */
class WorkerLane {
  readonly index: number;
  environments = 0;
  depth = 0;
  restarts = 0;
  private readonly options: EnvironmentPoolOptions;
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | null = null;
  private nextId = 1;
  private closed = false;

  constructor(index: number, options: EnvironmentPoolOptions) {
    this.index = index;
    this.options = options;
  }

  start(): Promise<PoolCorpus> {
    const data: EnvironmentWorkerData = { corpusDir: this.options.corpusDir };
    const worker = new Worker(this.options.workerUrl, { workerData: data, name: `environments-${this.index}` });
    this.worker = worker;
    return new Promise((resolve, reject) => {
      let ready = false;
      worker.on('message', (message: WorkerMessage) => {
        switch (message.type) {
          case 'ready':
            ready = true;
            resolve({ sha256: message.corpusSha256, servers: message.servers, tools: message.tools });
            return;
          case 'unusable':
            reject(new EnvironmentPoolError(message.message));
            return;
          case 'replies':
            this.settle(message.id, message.replies);
        }
      });
      worker.once('error', (error: Error) => this.options.onWorkerLost?.(this.index, error));
      worker.once('exit', () => {
        reject(new EnvironmentPoolError('An environment worker ended while it started.'));
        if (this.worker === worker) this.lose(ready);
      });
    });
  }

  send(calls: readonly EnvironmentCall[]): Promise<readonly EnvironmentReply[]> {
    const { worker } = this;
    if (worker === null) return Promise.resolve(calls.map(() => (this.closed ? GONE : LOST)));
    const request: WorkerRequest = { id: this.nextId++, calls };
    this.depth += calls.length;
    const timer = setTimeout(() => this.giveUp(request.id, calls.length), this.options.deadlineMs ?? DEADLINE_MS);
    const { promise, resolve } = Promise.withResolvers<readonly EnvironmentReply[]>();
    this.pending.set(request.id, { size: calls.length, timer, settled: promise, settle: resolve });
    worker.postMessage(request);
    return promise;
  }

  /** Waits for what is in flight, at most until its deadline, then ends the worker. */
  async close(): Promise<void> {
    await Promise.all([...this.pending.values()].map(({ settled }) => settled));
    this.closed = true;
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }

  private settle(id: number, replies: readonly EnvironmentReply[]): void {
    const entry = this.pending.get(id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.pending.delete(id);
    this.depth -= entry.size;
    entry.settle(replies);
  }

  /** A worker that does not answer cannot be interrupted, only ended; the next one takes its place. */
  private giveUp(id: number, size: number): void {
    this.settle(id, new Array<EnvironmentReply>(size).fill(LATE));
    void this.worker?.terminate();
  }

  private lose(restart: boolean): void {
    this.worker = null;
    for (const [id, { size }] of [...this.pending]) this.settle(id, new Array<EnvironmentReply>(size).fill(LOST));
    if (this.closed || !restart) return;
    this.restarts += 1;
    this.start().catch((error: unknown) => {
      this.options.onWorkerLost?.(this.index, error instanceof Error ? error : new Error(String(error)));
    });
  }
}
