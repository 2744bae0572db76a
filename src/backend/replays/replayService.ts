import type { EpisodeId } from '../../contract/ids.ts';
import type {
  EpisodeImportReport,
  EpisodeLine,
  LibraryEpisode,
  LibraryFacets,
  LibraryPage,
  LibraryQuery,
  ReplayEpisode,
  ReplayEvents,
  Resimulation,
} from '../../contract/replays.ts';
import type { StoreReads } from '../reads/storeReads.ts';
import type { EpisodeStore, Recording } from '../store/episodeStore.ts';
import type { EpisodeLibrary } from '../store/episodeLibrary.ts';
import type { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import type { JobClient } from '../workers/jobClient.ts';
import { createImportSpool } from './importSpool.ts';
import { countEvents, marksOf, replayEvents, type EventSource } from './replayEvents.ts';
import { ReplayError } from './replayError.ts';
import type { ReplayJobs } from './replayJobs.ts';
import { createReplayWorker } from './replayWorkerClient.ts';

export interface ReplayServiceOptions {
  /** Where an episode is read from that is not on disk. */
  readonly episodes: Pick<EpisodeStore, 'recording'>;
  /** Null: episodes are in memory only, and there is no library. */
  readonly disk: SqliteEpisodeStore | null;
  /** Where the library is searched; null without a disk. */
  readonly reads: StoreReads | null;
  readonly corpusDir: string;
  readonly corpusSha256: string;
  readonly version: string;
}

/** The library, the player's data, re-simulation, and episode files. */
export interface ReplayService {
  list(query: LibraryQuery, signal?: AbortSignal): Promise<LibraryPage>;
  facets(signal?: AbortSignal): Promise<LibraryFacets>;
  /** Pins, tags, bookmarks, deletion. @throws ReplayError `STORE_UNAVAILABLE` */
  library(): EpisodeLibrary;
  /** @throws ReplayError `NOT_FOUND` */
  episode(id: EpisodeId): ReplayEpisode;
  /** @throws ReplayError `NOT_FOUND` */
  events(id: EpisodeId, from: number, limit: number): ReplayEvents;
  /** Plays the stored decisions again, in a worker. */
  resimulate(id: EpisodeId): Promise<Resimulation>;
  /** Lines of an episode file, in the order of the ids; ids without an episode are left out. */
  exportLines(ids: readonly EpisodeId[]): Promise<readonly EpisodeLine[]>;
  importBegin(): Promise<{ readonly import: string }>;
  /** @param data base64 of the next piece */
  importWrite(id: string, data: string): Promise<void>;
  importFinish(id: string): Promise<EpisodeImportReport>;
  importCancel(id: string): Promise<void>;
  dispose(): Promise<void>;
}

export function createReplayService(options: ReplayServiceOptions): ReplayService {
  return new Replays(options);
}

class Replays implements ReplayService {
  private readonly options: ReplayServiceOptions;
  private readonly worker: JobClient<ReplayJobs>;
  private readonly spool = createImportSpool();

  constructor(options: ReplayServiceOptions) {
    this.options = options;
    this.worker = createReplayWorker({ databaseFile: options.disk?.file ?? null, corpusDir: options.corpusDir });
  }

  async list(query: LibraryQuery, signal?: AbortSignal): Promise<LibraryPage> {
    return this.reads().run('episodes', query, signal);
  }

  async facets(signal?: AbortSignal): Promise<LibraryFacets> {
    return this.reads().run('facets', null, signal);
  }

  library(): EpisodeLibrary {
    const { disk } = this.options;
    if (disk === null)
      throw new ReplayError('STORE_UNAVAILABLE', 'The episode store cannot be opened; the library needs it. Live comparisons still work.');
    return disk.library;
  }

  episode(id: EpisodeId): ReplayEpisode {
    const source = this.source(id);
    const { episode, scores, marks } = source;
    return {
      summary: this.onDisk(id)?.library.episode(id) ?? summaryOf(source),
      curriculum: episode.curriculum,
      config: episode.config,
      corpusSha256: episode.corpusSha256,
      corpusHere: this.options.corpusSha256,
      modelSha256: { baseline: episode.models.baseline.sha256, trained: episode.models.trained.sha256 },
      scores,
      marks: marks.map(({ lane, position, action, verdict, reward, malicious, vector, ticks }) => ({
        lane,
        position,
        action,
        verdict,
        reward,
        malicious,
        vector,
        ticks,
      })),
      bookmarks: this.onDisk(id)?.library.bookmarks(id) ?? [],
      events: countEvents(source),
    };
  }

  events(id: EpisodeId, from: number, limit: number): ReplayEvents {
    return replayEvents(this.source(id), from, limit);
  }

  async resimulate(id: EpisodeId): Promise<Resimulation> {
    const startedAt = performance.now();
    const episode = this.onDisk(id) === null ? this.recording(id) : id;
    const result = await this.worker.run('resimulate', episode);
    return { ...result, milliseconds: performance.now() - startedAt, version: this.options.version };
  }

  exportLines(ids: readonly EpisodeId[]): Promise<readonly EpisodeLine[]> {
    return this.worker.run('export', ids);
  }

  async importBegin(): Promise<{ readonly import: string }> {
    this.library();
    return { import: await this.spool.begin() };
  }

  importWrite(id: string, data: string): Promise<void> {
    return this.spool.write(id, Buffer.from(data, 'base64'));
  }

  async importFinish(id: string): Promise<EpisodeImportReport> {
    try {
      return await this.spool.finish(id, (file) => this.worker.run('import', file));
    } finally {
      this.options.disk?.recount();
    }
  }

  importCancel(id: string): Promise<void> {
    return this.spool.drop(id);
  }

  async dispose(): Promise<void> {
    await this.worker.end();
    await this.spool.dispose();
  }

  /** The worker reads what is committed, so the episode being played is indexed here first. */
  private reads(): StoreReads {
    this.library().settle();
    const { reads } = this.options;
    if (reads === null) throw new ReplayError('STORE_UNAVAILABLE', 'The episode store cannot be searched.');
    return reads;
  }

  private onDisk(id: EpisodeId): SqliteEpisodeStore | null {
    const store = this.options.disk;
    return store?.recording(id, { to: 0 }) == null ? null : store;
  }

  /** From disk when all of it is there: then a range costs no more than its own steps. */
  private source(id: EpisodeId): EventSource {
    const disk = this.onDisk(id);
    const recording = disk === null ? this.recording(id) : disk.recording(id, { to: 0 });
    if (recording === null) throw notFound();
    const { episode, finishedAt, scores } = recording;
    return {
      episode,
      finishedAt,
      scores,
      marks: disk === null ? marksOf(recording) : disk.library.marks(id),
      steps: (from, to) =>
        disk === null
          ? recording.steps.filter(({ step }) => step.position >= from && step.position < to)
          : (disk.recording(id, { from, to })?.steps ?? []),
    };
  }

  private recording(id: EpisodeId): Recording {
    const recording = this.options.episodes.recording(id);
    if (recording === null) throw notFound();
    return recording;
  }
}

function notFound(): ReplayError {
  return new ReplayError('NOT_FOUND', 'There is no episode with this id.');
}

/** The row that the library would have for an episode in memory. */
function summaryOf({ episode, finishedAt, marks }: EventSource): LibraryEpisode {
  const of = (lane: 'baseline' | 'trained') => marks.filter((mark) => mark.lane === lane);
  const [baseline, trained] = [of('baseline'), of('trained')];
  const reward = (lane: typeof marks): number => lane.reduce((sum, mark) => sum + mark.reward, 0);
  const count = (lane: typeof marks, verdict: 'FN' | 'FP'): number => lane.filter((mark) => mark.verdict === verdict).length;
  const malicious = marks.filter((mark) => mark.malicious);
  return {
    id: episode.id,
    startedAt: episode.startedAt,
    finishedAt,
    seed: episode.seed,
    phase: episode.phase,
    split: episode.config.split,
    models: { baseline: episode.models.baseline.id, trained: episode.models.trained.id },
    messages: (marks.at(-1)?.position ?? -1) + 1,
    reward: { baseline: reward(baseline), trained: reward(trained) },
    breached: { baseline: count(baseline, 'FN') > 0, trained: count(trained, 'FN') > 0 },
    falseAlarms: { baseline: count(baseline, 'FP'), trained: count(trained, 'FP') },
    disagreements: trained.filter(({ position, action }) =>
      baseline.some((other) => other.position === position && other.action !== action),
    ).length,
    attacks: new Set(malicious.map(({ position }) => position)).size,
    vectors: [...new Set(marks.map(({ vector }) => vector))].filter((vector) => vector !== 'none' && vector !== '').toSorted(),
    pinned: false,
    tags: [],
    bookmarks: 0,
    imported: false,
    deletedAt: null,
  };
}
