import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CorpusProblem, CorpusState, CorpusStatus } from '../../../contract/corpora.ts';
import { ROW_ADAPTERS } from './adapters/adapters.ts';
import { BoundedQueue } from './boundedQueue.ts';
import { pinCorpus, type CorpusPin } from './corpusPin.ts';
import type { CorpusSource } from './corpusSources.ts';
import { removeState, writeState, type KeptProgress, type KeptState } from './corpusState.ts';
import { CorpusStreamError } from './corpusStreamError.ts';
import type { FileVersion, HubClient } from './hubClient.ts';
import type { PartCache } from './partCache.ts';
import { RateMeter } from './rateMeter.ts';
import { startOf, streamRows, type RowStreamOptions, type StreamedRow } from './rowStream.ts';
import { UniqueTexts } from './uniqueTexts.ts';

export interface CorpusJobOptions {
  readonly source: CorpusSource;
  /** Folder of the states that are kept. */
  readonly folder: string;
  /** Rows parsed ahead of the one being dealt with. */
  readonly queueRows: number;
  readonly partBytes?: number | undefined;
  readonly parquetWorker?: URL | undefined;
  /** Is given failures that are none of the stream's own. */
  readonly onFailure: (error: unknown) => void;
}

/** What a run needs from outside. */
export interface CorpusJobTools {
  readonly cache: PartCache;
  readonly hub: HubClient;
}

/** Rows are dealt with for so long before the event loop gets its turn, milliseconds. */
const SLICE_MS = 8;
const SAVE_EVERY_MS = 1_000;
/** Rows after which the share of rows that make no sense says something. */
const JUDGED_ROWS = 200;

type Telemetry = Pick<CorpusStatus, 'offline' | 'retries' | 'problem' | 'uniqueShare'>;

/** One corpus: what is known of it, and the run that streams it. A place in the corpus is kept over runs and restarts. */
export class CorpusJob {
  readonly source: CorpusSource;
  private readonly options: CorpusJobOptions;
  private kept: { readonly pin: CorpusPin; progress: KeptProgress } | null;
  private running: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;
  private phase: 'connecting' | 'streaming' = 'connecting';
  private queue: BoundedQueue<StreamedRow> | null = null;
  private rate = new RateMeter();
  private telemetry: Telemetry = { offline: false, retries: 0, problem: null, uniqueShare: null };

  constructor(options: CorpusJobOptions, kept: KeptState | null) {
    this.options = options;
    this.source = options.source;
    this.kept = kept;
  }

  get isRunning(): boolean {
    return this.running !== null;
  }

  /** The commit and its files, once they are known. */
  get pin(): CorpusPin | null {
    return this.kept?.pin ?? null;
  }

  status(cache: PartCache): CorpusStatus {
    const { id, name, repository, use, licence, attribution } = this.source;
    const progress = this.kept?.progress;
    return {
      id,
      name,
      repository,
      use,
      licence,
      attribution,
      state: this.state,
      revision: this.kept?.pin.commit ?? null,
      rows: progress?.cursor.rows ?? 0,
      used: progress?.used ?? 0,
      skipped: progress?.skipped ?? {},
      wanted: progress?.wanted ?? null,
      totalRows: progress?.totalRows ?? null,
      bytes: { read: progress?.bytesRead ?? 0, total: this.kept === null ? null : totalBytes(this.kept.pin) },
      rowsPerSecond: this.running === null ? 0 : this.rate.perSecond,
      queue: { depth: this.queue?.depth ?? 0, capacity: this.options.queueRows },
      cache: cache.use(id),
      ...this.telemetry,
    };
  }

  /** Starts a run that goes on from the place that is kept. Does nothing while one is under way. */
  start(tools: CorpusJobTools, wanted: number | null): void {
    if (this.running !== null) return;
    const stop = new AbortController();
    this.phase = 'connecting';
    this.rate = new RateMeter();
    this.telemetry = { offline: false, retries: 0, problem: null, uniqueShare: null };
    if (this.kept !== null) this.kept.progress = { ...this.kept.progress, wanted, done: false };
    const ended = this.run(tools, wanted, stop.signal).finally(() => {
      this.running = null;
      this.queue = null;
    });
    this.running = { stop, ended };
  }

  /** Resolves when the run that is under way, if any, has ended in whatever way. */
  async ended(): Promise<void> {
    await this.running?.ended;
  }

  /** Ends the run with its place kept. */
  async pause(): Promise<void> {
    this.running?.stop.abort();
    await this.ended();
  }

  /** Ends the run and forgets the place; the commit and the cache stay. */
  async cancel(): Promise<void> {
    await this.pause();
    this.telemetry = { offline: false, retries: 0, problem: null, uniqueShare: null };
    if (this.kept === null) return;
    this.kept = freshState(this.kept.pin, null);
    await this.save();
  }

  /** Forgets place and commit; the next start finds the latest commit. Call with no run under way. */
  async forget(): Promise<void> {
    this.kept = null;
    this.telemetry = { offline: false, retries: 0, problem: null, uniqueShare: null };
    await removeState(this.options.folder, this.source.id);
  }

  /** Takes over what another process has kept since. Call with no run under way. */
  restore(kept: KeptState | null): void {
    this.kept = kept;
  }

  private get state(): CorpusState {
    if (this.running !== null) return this.phase;
    if (this.telemetry.problem !== null) return 'failed';
    const progress = this.kept?.progress;
    if (progress === undefined) return 'idle';
    if (progress.done) return 'done';
    return progress.cursor.rows > 0 ? 'paused' : 'idle';
  }

  /** Never rejects: what goes wrong becomes the corpus's problem. */
  private async run(tools: CorpusJobTools, wanted: number | null, signal: AbortSignal): Promise<void> {
    try {
      await this.stream(tools, wanted, signal);
    } catch (error) {
      if (!signal.aborted) this.telemetry = { ...this.telemetry, problem: this.problemOf(error) };
    }
    try {
      await this.save();
    } catch (error) {
      this.telemetry = { ...this.telemetry, problem: this.telemetry.problem ?? this.problemOf(error) };
    }
  }

  private async stream(tools: CorpusJobTools, wanted: number | null, signal: AbortSignal): Promise<void> {
    let first = this.kept?.pin.fileSet ?? 0;
    let refused: CorpusStreamError | null = null;
    for (let hasRestarted = false; ;) {
      try {
        const online = await this.connect(tools.hub, first, wanted, signal);
        await this.consume(tools.cache, online ? tools.hub : null, wanted, signal);
        return;
      } catch (error) {
        if (!(error instanceof CorpusStreamError)) throw error;
        if (error.code === 'file_changed' && !hasRestarted) {
          hasRestarted = true;
        } else if (error.code === 'range_refused' && first + 1 < this.source.fileSets.length) {
          refused ??= error;
          first++;
        } else {
          // A mirror that is not there is no news; that the original cannot be read in parts is.
          throw error.code === 'not_found' && refused !== null ? refused : error;
        }
        await tools.cache.clear(this.source.id);
        await this.forget();
      }
    }
  }

  /** Pins the corpus, or checks that the pinned file is still the one; false when the Hub is out of reach. */
  private async connect(hub: HubClient, first: number, wanted: number | null, signal: AbortSignal): Promise<boolean> {
    const asking = { signal, onRetry: () => this.countRetry() };
    if (this.kept === null) {
      this.kept = freshState(await pinCorpus(this.source, hub, first, asking), wanted);
      await this.save();
      return true;
    }
    const { pin, progress } = this.kept;
    const file = pin.files[progress.cursor.file] as FileVersion;
    try {
      const now = await hub.fileInfo(this.source.repository, pin.commit, file.path, asking);
      if (now.etag === file.etag && now.size === file.size) return true;
    } catch (error) {
      if (!(error instanceof CorpusStreamError) || error.code !== 'network_missing') throw error;
      this.telemetry = { ...this.telemetry, offline: true };
      return false;
    }
    throw new CorpusStreamError('file_changed', `${file.path} has changed on the Hub: clear this corpus's cache and start it again.`);
  }

  private async consume(cache: PartCache, hub: HubClient | null, wanted: number | null, signal: AbortSignal): Promise<void> {
    const kept = this.kept;
    if (kept === null) return;
    this.phase = 'streaming';
    const queue = new BoundedQueue<StreamedRow>(this.options.queueRows);
    this.queue = queue;
    // The rows that are enough end the download too.
    const enough = new AbortController();
    const producing = produce(
      queue,
      {
        source: this.source,
        pin: kept.pin,
        cache,
        hub,
        signal: AbortSignal.any([signal, enough.signal]),
        onRetry: () => this.countRetry(),
        onProgress: ({ totalRows, bytesRead }) => (kept.progress = { ...kept.progress, totalRows, bytesRead }),
        partBytes: this.options.partBytes,
        parquetWorker: this.options.parquetWorker,
      },
      kept.progress.cursor,
    );
    try {
      await this.take(queue, kept, wanted, signal);
    } finally {
      enough.abort();
      queue.close();
      await producing;
    }
  }

  private async take(
    queue: BoundedQueue<StreamedRow>,
    kept: { readonly pin: CorpusPin; progress: KeptProgress },
    wanted: number | null,
    signal: AbortSignal,
  ): Promise<void> {
    const unique = new UniqueTexts();
    const adapt = ROW_ADAPTERS[this.source.id];
    let [sliceStart, saved] = [performance.now(), performance.now()];
    let [looked, senseless] = [0, 0];
    while (wanted === null || kept.progress.cursor.rows < wanted) {
      const next = await queue.take();
      if (signal.aborted) return;
      if (next.done === true) {
        // The end of the last file tells how many rows there are.
        kept.progress = { ...kept.progress, totalRows: kept.progress.cursor.rows };
        break;
      }
      const { value, after } = next.value;
      const adapted = typeof value === 'string' ? value : adapt(value);
      const { used, skipped } = kept.progress;
      if (typeof adapted === 'string') {
        kept.progress = { ...kept.progress, cursor: after, skipped: { ...skipped, [adapted]: (skipped[adapted] ?? 0) + 1 } };
      } else {
        unique.add(adapted.text);
        kept.progress = { ...kept.progress, cursor: after, used: used + 1 };
      }
      this.rate.add(1);
      looked++;
      if (adapted === 'malformed' || typeof value === 'string') senseless++;
      if (looked >= JUDGED_ROWS && senseless * 2 > looked) {
        throw new CorpusStreamError(
          'schema_changed',
          `Most rows of ${this.source.name} no longer have the form that is known here: update OmniGuard.`,
        );
      }
      if (performance.now() - sliceStart < SLICE_MS) continue;
      unique.check(this.source);
      this.telemetry = { ...this.telemetry, uniqueShare: unique.share };
      if (performance.now() - saved > SAVE_EVERY_MS) {
        await this.save();
        saved = performance.now();
      }
      await nextTurn();
      sliceStart = performance.now();
    }
    unique.check(this.source);
    this.telemetry = { ...this.telemetry, uniqueShare: unique.share };
    kept.progress = { ...kept.progress, done: true };
  }

  private async save(): Promise<void> {
    if (this.kept === null) return;
    const { pin, progress } = this.kept;
    await writeState(this.options.folder, this.source.id, {
      version: 1,
      pin: { commit: pin.commit, fileSet: pin.fileSet, files: [...pin.files] },
      progress,
    });
  }

  private countRetry(): void {
    this.telemetry = { ...this.telemetry, retries: this.telemetry.retries + 1 };
  }

  private problemOf(error: unknown): CorpusProblem {
    if (error instanceof CorpusStreamError) return { code: error.code, message: error.message };
    this.options.onFailure(error);
    return { code: 'file_corrupt', message: `${this.source.name} cannot be read for an unexpected reason; the log has the details.` };
  }
}

/** Fills the queue until the stream ends or the queue is closed. Never rejects: the taker gets the error. */
async function produce(queue: BoundedQueue<StreamedRow>, options: RowStreamOptions, from: KeptProgress['cursor']): Promise<void> {
  try {
    for await (const batch of streamRows(options, from)) {
      for (const row of batch) if (!(await queue.push(row))) return;
    }
    queue.end();
  } catch (error) {
    queue.fail(error);
  }
}

function freshState(pin: CorpusPin, wanted: number | null): { readonly pin: CorpusPin; progress: KeptProgress } {
  return { pin, progress: { cursor: startOf(pin), used: 0, skipped: {}, wanted, totalRows: null, bytesRead: 0, done: false } };
}

function totalBytes({ files }: CorpusPin): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
