import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EnvironmentHandle } from './environmentHandle.ts';
import type { EnvironmentFailure, EnvironmentReply } from './reply.ts';
import { joinShares, type ResultBatch, type ResultCall, type ResultOutcome, type ResultShare } from './resultBatch.ts';
import type { ToolDescription } from './tools/tool.ts';
import type { EnvironmentCall, EnvironmentKey, EnvironmentWorkerData, WorkerMessage, WorkerRequest } from './workerProtocol.ts';

export type { EnvironmentHandle } from './environmentHandle.ts';

/** The pool cannot be used. */
export class EnvironmentPoolError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EnvironmentPoolError';
  }
}

/** A call without the number of its environment, as whoever holds the environment makes it. */
export type HandleCall = EnvironmentCall extends infer C ? (C extends EnvironmentCall ? Omit<C, 'key'> : never) : never;

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

/** What a worker tells of itself once it can play. */
interface WorkerFacts {
  readonly corpus: PoolCorpus;
  readonly tools: readonly ToolDescription[];
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
  /** What `tool` calls can name. */
  readonly tools: readonly ToolDescription[];
  /** A new environment on the given worker, else on the one with the fewest. @throws EnvironmentPoolError when no worker is left or the pool is closed. */
  open(worker?: number): EnvironmentHandle;
  /** Never rejects: failures are replies. */
  call(handle: EnvironmentHandle, call: HandleCall): Promise<EnvironmentReply>;
  /** Many calls at once, answered in their order; one message to each worker. */
  batch(calls: readonly { readonly handle: EnvironmentHandle; readonly call: HandleCall }[]): Promise<readonly EnvironmentReply[]>;
  /** Resets and steps, answered with one body for all, already encoded; one message to each worker. Never rejects. */
  results(calls: readonly ResultCall[]): Promise<ResultBatch>;
  /** Lets go of an environment; later calls on it are answered with `no_environment`. */
  release(handle: EnvironmentHandle): void;
  queues(): readonly WorkerQueue[];
  /** True while at least one worker can play. */
  ready(): boolean;
  /** Lets what is in flight finish, then ends the workers. Idempotent. */
  close(): Promise<void>;
}

const DEADLINE_MS = 50_000;

/** @throws EnvironmentPoolError when a worker cannot start. */
export async function createEnvironmentPool(options: EnvironmentPoolOptions): Promise<EnvironmentPool> {
  const count = Math.max(1, options.workers ?? availableParallelism() - 1);
  const lanes = Array.from({ length: count }, (_, index) => new WorkerLane(index, options));
  try {
    const [facts] = await Promise.all(lanes.map((lane) => lane.start()));
    return new Pool(lanes, facts as WorkerFacts);
  } catch (error) {
    await Promise.all(lanes.map((lane) => lane.close()));
    throw error;
  }
}

/** Where an environment lives: the life of its worker in which it was last begun, null before its first call. */
interface Residence {
  life: number | null;
}

/** The calls of one worker and their places among all. */
interface LaneShare {
  readonly calls: EnvironmentCall[];
  readonly places: number[];
}

class Pool implements EnvironmentPool {
  readonly corpus: PoolCorpus;
  readonly tools: readonly ToolDescription[];
  private readonly lanes: readonly WorkerLane[];
  private readonly residences = new Map<EnvironmentKey, Residence>();
  private next: EnvironmentKey = 1;
  private closing: Promise<void> | null = null;

  constructor(lanes: readonly WorkerLane[], { corpus, tools }: WorkerFacts) {
    this.lanes = lanes;
    this.corpus = corpus;
    this.tools = tools;
  }

  open(worker?: number): EnvironmentHandle {
    if (this.closing !== null) throw new EnvironmentPoolError('The environments are closed.');
    const usable = this.lanes.filter((lane) => !lane.dead);
    if (usable.length === 0) throw new EnvironmentPoolError('No environment worker is left.');
    const wanted = usable.find(({ index }) => index === worker);
    const lane = wanted ?? usable.reduce((best, candidate) => (candidate.environments < best.environments ? candidate : best));
    const handle: EnvironmentHandle = { key: this.next++, worker: lane.index };
    lane.environments += 1;
    this.residences.set(handle.key, { life: null });
    return handle;
  }

  async call(handle: EnvironmentHandle, call: HandleCall): Promise<EnvironmentReply> {
    const [reply] = await this.batch([{ handle, call }]);
    return reply ?? GONE;
  }

  batch(calls: readonly { readonly handle: EnvironmentHandle; readonly call: HandleCall }[]): Promise<readonly EnvironmentReply[]> {
    return this.dispatch<EnvironmentReply>(calls, async (lane, share) => (await lane.send(share.calls)).replies);
  }

  async results(calls: readonly ResultCall[]): Promise<ResultBatch> {
    const shares: (ResultShare & { readonly places: readonly number[] })[] = [];
    const outcomes = await this.dispatch<ResultOutcome>(calls, async (lane, { calls: own, places }) => {
      const envIds = places.map((place) => calls[place]?.envId ?? 0);
      const { outcomes: answers, share } = await lane.sendForResults(own, envIds);
      if (share !== null) shares.push({ ...share, places });
      return answers;
    });
    return { outcomes, body: joinShares(shares) };
  }

  /** Gives each worker its share of the calls and puts the answers in their order. */
  private async dispatch<R extends { readonly ok: true } | EnvironmentFailure>(
    calls: readonly { readonly handle: EnvironmentHandle; readonly call: HandleCall }[],
    send: (lane: WorkerLane, share: LaneShare) => Promise<readonly (R | EnvironmentFailure)[]>,
  ): Promise<readonly (R | EnvironmentFailure)[]> {
    const replies = new Array<R | EnvironmentFailure>(calls.length).fill(GONE);
    const shares = this.lanes.map((): LaneShare => ({ calls: [], places: [] }));
    for (const [place, { handle, call }] of calls.entries()) {
      const residence = this.closing === null ? this.residences.get(handle.key) : undefined;
      const [lane, share] = [this.lanes[handle.worker], shares[handle.worker]];
      if (residence === undefined || lane === undefined || share === undefined) continue;
      // A worker that was replaced knows nothing of the episode: playing on would silently play another one.
      if (call.type === 'reset') residence.life = lane.life;
      else if (residence.life !== null && residence.life !== lane.life) {
        replies[place] = LOST;
        continue;
      } else if (call.type === 'step') residence.life = lane.life;
      share.calls.push({ ...call, key: handle.key });
      share.places.push(place);
    }
    await Promise.all(
      shares.map(async (share, index) => {
        const lane = this.lanes[index];
        if (lane === undefined || share.calls.length === 0) return;
        const answers = await send(lane, share);
        for (const [i, place] of share.places.entries()) {
          const answer = answers[i] ?? GONE;
          replies[place] = answer;
          // Whether such a call was carried out nobody knows, so the episode cannot go on.
          const key = share.calls[i]?.key;
          if ((answer === LATE || answer === LOST) && key !== undefined) this.abandon(key);
        }
      }),
    );
    return replies;
  }

  private abandon(key: EnvironmentKey): void {
    const residence = this.residences.get(key);
    if (residence !== undefined) residence.life = NO_LIFE;
  }

  release(handle: EnvironmentHandle): void {
    if (!this.residences.delete(handle.key)) return;
    const lane = this.lanes[handle.worker];
    if (lane === undefined) return;
    lane.environments -= 1;
    void lane.send([{ type: 'close', key: handle.key }]);
  }

  queues(): readonly WorkerQueue[] {
    return this.lanes.map(({ index, environments, depth, restarts }) => ({ worker: index, environments, depth, restarts }));
  }

  ready(): boolean {
    return this.closing === null && this.lanes.some((lane) => lane.ready);
  }

  close(): Promise<void> {
    return (this.closing ??= Promise.all(this.lanes.map((lane) => lane.close())).then(() => undefined));
  }
}

/** The life of no worker. */
const NO_LIFE = -1;

const GONE: EnvironmentFailure = { ok: false, code: 'no_environment', message: 'This environment is closed; open another session.' };
const LOST: EnvironmentFailure = { ok: false, code: 'no_environment', message: 'The environment was lost; reset it to go on.' };
const LATE: EnvironmentFailure = { ok: false, code: 'failed', message: 'The environment did not answer in time; reset it to go on.' };

interface Pending {
  readonly size: number;
  readonly timer: NodeJS.Timeout;
  readonly settled: Promise<unknown>;
  readonly settle: (answer: LaneAnswer) => void;
}

/** What came back for one message to a worker; a failure of all calls has neither kind of reply. */
type LaneAnswer =
  | { readonly type: 'replies'; readonly replies: readonly EnvironmentReply[] }
  | { readonly type: 'results'; readonly outcomes: readonly ResultOutcome[]; readonly share: ResultShare }
  | { readonly type: 'failed'; readonly failures: readonly EnvironmentFailure[] };

function allFailed(failure: EnvironmentFailure, size: number): LaneAnswer {
  return { type: 'failed', failures: new Array<EnvironmentFailure>(size).fill(failure) };
}

/** Failures for `size` calls; a reply of the wrong kind is one too. */
function failuresOf(answer: LaneAnswer, size: number): readonly EnvironmentFailure[] {
  return answer.type === 'failed' ? answer.failures : new Array<EnvironmentFailure>(size).fill(LOST);
}

/** One worker thread with the calls it was given; a worker that ends is replaced, and its environments begin anew. */
class WorkerLane {
  readonly index: number;
  environments = 0;
  depth = 0;
  restarts = 0;
  /** Counts the worker's lives: environments of an earlier one are lost. */
  life = 0;
  /** The worker ended and could not be replaced. */
  dead = false;
  /** The worker has its corpus and takes calls. */
  ready = false;
  private lastAnswer = 0;
  private readonly options: EnvironmentPoolOptions;
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | null = null;
  private nextId = 1;
  private closed = false;

  constructor(index: number, options: EnvironmentPoolOptions) {
    this.index = index;
    this.options = options;
  }

  start(): Promise<WorkerFacts> {
    const data: EnvironmentWorkerData = { corpusDir: this.options.corpusDir };
    const worker = new Worker(this.options.workerUrl, { workerData: data, name: `environments-${this.index}` });
    this.worker = worker;
    return new Promise((resolve, reject) => {
      let ready = false;
      worker.on('message', (message: WorkerMessage) => {
        switch (message.type) {
          case 'ready':
            ready = true;
            this.ready = true;
            this.lastAnswer = performance.now();
            resolve({ corpus: message.corpus, tools: message.tools });
            return;
          case 'unusable':
            reject(new EnvironmentPoolError(message.message));
            return;
          case 'replies':
            this.lastAnswer = performance.now();
            this.settle(message.id, message);
            return;
          case 'results':
            this.lastAnswer = performance.now();
            this.settle(message.id, message);
        }
      });
      worker.once('error', (error: Error) => this.options.onWorkerLost?.(this.index, error));
      worker.once('exit', () => {
        reject(new EnvironmentPoolError('An environment worker ended while it started.'));
        if (this.worker === worker) this.lose(ready);
      });
    });
  }

  async send(calls: readonly EnvironmentCall[]): Promise<{ readonly replies: readonly EnvironmentReply[] }> {
    const answer = await this.ask(calls);
    return { replies: answer.type === 'replies' ? answer.replies : failuresOf(answer, calls.length) };
  }

  async sendForResults(
    calls: readonly EnvironmentCall[],
    envIds: readonly number[],
  ): Promise<{ readonly outcomes: readonly ResultOutcome[]; readonly share: ResultShare | null }> {
    const answer = await this.ask(calls, envIds);
    return answer.type === 'results' ? answer : { outcomes: failuresOf(answer, calls.length), share: null };
  }

  private ask(calls: readonly EnvironmentCall[], envIds?: readonly number[]): Promise<LaneAnswer> {
    const { worker } = this;
    if (worker === null) return Promise.resolve(allFailed(this.closed ? GONE : LOST, calls.length));
    const request: WorkerRequest = { id: this.nextId++, calls, ...(envIds === undefined ? {} : { envIds }) };
    this.depth += calls.length;
    const deadlineMs = this.options.deadlineMs ?? DEADLINE_MS;
    const timer = setTimeout(() => this.giveUp(request.id, calls.length, deadlineMs), deadlineMs);
    const { promise, resolve } = Promise.withResolvers<LaneAnswer>();
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

  private settle(id: number, answer: LaneAnswer): void {
    const entry = this.pending.get(id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.pending.delete(id);
    this.depth -= entry.size;
    entry.settle(answer);
  }

  /**
   * A worker that does not answer cannot be interrupted, only ended; the next one takes its place. One that is only
   * overloaded keeps answering others and lives on.
   */
  private giveUp(id: number, size: number, deadlineMs: number): void {
    this.settle(id, allFailed(LATE, size));
    const { worker, lastAnswer } = this;
    const left = lastAnswer + deadlineMs - performance.now();
    const endIfStuck = (): void => {
      // Late calls are answered too when their turn comes, so silence means that the worker is stuck.
      if (this.ready && this.worker === worker && this.lastAnswer === lastAnswer) void worker?.terminate();
    };
    if (left <= 0) endIfStuck();
    else setTimeout(endIfStuck, left).unref();
  }

  private lose(restart: boolean): void {
    this.worker = null;
    this.ready = false;
    this.life += 1;
    for (const [id, { size }] of [...this.pending]) this.settle(id, allFailed(LOST, size));
    if (this.closed || !restart) {
      this.dead = true;
      return;
    }
    this.restarts += 1;
    this.start().catch((error: unknown) => {
      this.dead = true;
      this.options.onWorkerLost?.(this.index, error instanceof Error ? error : new Error(String(error)));
    });
  }
}
