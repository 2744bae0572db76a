import type { Statement } from 'better-sqlite3';
import { statSync } from 'node:fs';
import type { CurriculumState, EnvironmentConfig, GroundTruth, StepInfo } from '../../contract/episodes.ts';
import type { Decision } from '../../contract/decisions.ts';
import type { EpisodeId, ModelId, Sha256 } from '../../contract/ids.ts';
import { LANES, type Lane, type LaneStep, type PerLane, type StoredEpisode } from '../../contract/live.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { Phase } from '../../contract/observation.ts';
import { EpisodeIndex } from './episodeIndex.ts';
import { EpisodeLibrary, purgeDeleted } from './episodeLibrary.ts';
import type { EpisodePage, EpisodeRecord, EpisodeStore, Recording, StepRecord, StoreStatus } from './episodeStore.ts';
import { openDatabase, type OpenDatabase, type OpenOptions } from './openDatabase.ts';
import { StoreCorruptError, StoreFailedError, toStoreError } from './storeError.ts';

interface EpisodeRow {
  readonly seq: number;
  readonly id: EpisodeId;
  readonly seed: number;
  readonly phase: Phase;
  readonly split: string;
  readonly curriculum: string;
  readonly config: string;
  readonly corpus_sha256: string;
  readonly baseline_model: ModelId;
  readonly baseline_sha256: Sha256;
  readonly trained_model: ModelId;
  readonly trained_sha256: Sha256;
  readonly started_at: string;
  readonly finished_at: string | null;
  /** `LaneSums` of an episode that has not ended; null once they are in the columns below. */
  readonly open_sums: string | null;
  readonly baseline_reward: number | null;
  readonly trained_reward: number | null;
  readonly baseline_breached: number | null;
  readonly trained_breached: number | null;
  readonly baseline_score: number | null;
  readonly trained_score: number | null;
}

interface LaneSums {
  readonly steps: PerLane<number>;
  readonly reward: PerLane<number>;
  readonly breached: PerLane<number>;
}

/** What people added to an episode. */
export interface ImportedMarks {
  readonly pinned: boolean;
  readonly tags: readonly string[];
  readonly bookmarks: readonly { readonly position: number; readonly note: string }[];
}

const MOST_POSITIONS = 32_768;
/** Steps of an episode have the keys `seq * 65536 + position * 2 + lane`. */
const OF_EPISODE = 'key >= episodes.seq * 65536 AND key < (episodes.seq + 1) * 65536';
const SUMS = {
  steps: (lane: Lane) => `coalesce(sum(lane = '${lane}'), 0)`,
  reward: (lane: Lane) => `coalesce(sum(reward) FILTER (WHERE lane = '${lane}'), 0)`,
  breached: (lane: Lane) => `coalesce(max(verdict = 'FN') FILTER (WHERE lane = '${lane}'), 0)`,
} as const;
const SUM_NAMES = ['steps', 'reward', 'breached'] as const;
const OPEN_SUMS = `
  CASE WHEN baseline_steps IS NULL THEN (
    SELECT json_object(${SUM_NAMES.map((name) => `'${name}', json_object('baseline', ${SUMS[name]('baseline')}, 'trained', ${SUMS[name]('trained')})`).join(', ')})
    FROM steps WHERE ${OF_EPISODE}
  ) END AS open_sums`;

interface StepRow {
  readonly lane: Lane;
  readonly position: number;
  readonly message: string;
  readonly observation: string;
  readonly decision: string;
  readonly truth: string;
  readonly info: string;
  readonly counted_ms: number | null;
  readonly embedding_distance: number | null;
}

/** The part of an observation that is not the message and cannot be rebuilt without the engine. */
type StoredObservation = Pick<LaneStep, 'normalizedText' | 'hints' | 'layers' | 'budgetLeft'>;

/**
 * Opens the SQLite store of a data folder.
 * @throws StoreError see `openDatabase`
 */
export function openEpisodeStore(dataDir: string, options: OpenOptions = {}): SqliteEpisodeStore {
  return new SqliteEpisodeStore(openDatabase(dataDir, options));
}

/** Episodes in SQLite. Calls are synchronous and short: one small transaction each. */
export class SqliteEpisodeStore implements EpisodeStore {
  readonly library: EpisodeLibrary;
  private readonly database: OpenDatabase;
  private readonly index: EpisodeIndex;
  private readonly insertEpisode: Statement;
  private readonly insertStep: Statement;
  private readonly finishEpisode: Statement;
  private readonly selectEpisode: Statement;
  private readonly selectPage: Statement;
  private readonly selectSteps: Statement;
  private readonly selectCounts: Statement;
  /** Counted once and kept up: a count over all episodes takes a while when there are many. */
  private counts: { episodes: number; steps: number } | null = null;
  /** Both lanes mostly see the same message, one right after the other. */
  private latest: { readonly message: GatewayMessage; readonly text: string } | null = null;

  /** @param options.upkeep removes what was deleted long ago and indexes what is not yet; only one store of a file needs to. Default true. */
  constructor(database: OpenDatabase, { upkeep = true }: { readonly upkeep?: boolean } = {}) {
    this.database = database;
    const { db } = database;
    this.index = new EpisodeIndex(db);
    this.library = new EpisodeLibrary(db, this.index);
    if (upkeep) {
      guard(() => {
        purgeDeleted(db, new Date());
        this.index.catchUp();
      });
    }
    this.insertEpisode = db.prepare(`
      INSERT INTO episodes (id, seed, phase, split, curriculum, config, corpus_sha256, baseline_model, baseline_sha256, trained_model, trained_sha256, started_at)
      VALUES (:id, :seed, :phase, :split, :curriculum, :config, :corpusSha256, :baselineModel, :baselineSha256, :trainedModel, :trainedSha256, :startedAt)`);
    this.insertStep = db.prepare(`
      INSERT INTO steps (key, episode, lane, position, message, observation, decision, truth, info, action, verdict, reward, security, usability, latency, format, decision_ms, counted_ms, embedding_distance)
      SELECT seq * 65536 + :offset, seq, :lane, :position, :message, :observation, :decision, :truth, :info, :action, :verdict, :reward, :security, :usability, :latency, :format, :decisionMs, :countedMs, :embeddingDistance
      FROM episodes WHERE id = :episodeId`);
    const sums = SUM_NAMES.flatMap((name) => LANES.map((lane) => ({ column: `${lane}_${name}`, value: SUMS[name](lane) })));
    this.finishEpisode = db.prepare(`
      UPDATE episodes SET finished_at = :finishedAt, baseline_score = :baseline, trained_score = :trained,
        (${sums.map(({ column }) => column).join(', ')}) = (SELECT ${sums.map(({ value }) => value).join(', ')} FROM steps WHERE ${OF_EPISODE})
      WHERE id = :id`);
    this.selectEpisode = db.prepare('SELECT *, NULL AS open_sums FROM episodes WHERE id = ?');
    this.selectPage = db.prepare(`
      SELECT *, ${OPEN_SUMS} FROM episodes WHERE seq < coalesce((SELECT seq FROM episodes WHERE id = :before), 9223372036854775807)
        AND seq NOT IN (SELECT seq FROM library WHERE deleted_at IS NOT NULL)
      ORDER BY seq DESC LIMIT :limit`);
    this.selectSteps = db.prepare(
      'SELECT * FROM steps WHERE key >= :seq * 65536 + :from * 2 AND key < :seq * 65536 + :to * 2 ORDER BY key',
    );
    this.selectCounts = db.prepare(`
      SELECT count(*) AS episodes,
        coalesce(sum(coalesce(baseline_steps + trained_steps, (SELECT count(*) FROM steps WHERE ${OF_EPISODE}))), 0) AS steps
      FROM episodes`);
  }

  /** Where the episodes lie. */
  get file(): string {
    return this.database.file;
  }

  begin(episode: EpisodeRecord): void {
    this.index.touch(episode.id);
    guard(() =>
      this.insertEpisode.run({
        id: episode.id,
        seed: episode.seed,
        phase: episode.phase,
        split: episode.config.split,
        curriculum: JSON.stringify(episode.curriculum),
        config: JSON.stringify(episode.config),
        corpusSha256: episode.corpusSha256,
        baselineModel: episode.models.baseline.id,
        baselineSha256: episode.models.baseline.sha256,
        trainedModel: episode.models.trained.id,
        trainedSha256: episode.models.trained.sha256,
        startedAt: episode.startedAt,
      }),
    );
    if (this.counts !== null) this.counts.episodes += 1;
  }

  append(record: StepRecord): void {
    guard(() => this.write(record));
    this.index.touch(record.step.episodeId);
    if (this.counts !== null) this.counts.steps += 1;
  }

  finish(id: EpisodeId, finishedAt: string, scores: PerLane<number>): void {
    guard(() =>
      this.database.db
        .transaction(() => {
          this.finishEpisode.run({ id, finishedAt, baseline: scores.baseline, trained: scores.trained });
          this.index.update(id);
        })
        .immediate(),
    );
  }

  /** Stores an episode from elsewhere, in one transaction, with what people added to it there. */
  import(recording: Recording, marks: ImportedMarks): void {
    const { episode, finishedAt, scores, steps } = recording;
    const { id } = episode;
    guard(() =>
      this.database.db
        .transaction(() => {
          this.begin(episode);
          for (const step of steps) this.append(step);
          if (finishedAt !== null) this.finish(id, finishedAt, { baseline: scores.baseline ?? 0, trained: scores.trained ?? 0 });
          this.library.markImported(id);
          if (marks.pinned) this.library.pin([id], true);
          for (const tag of marks.tags) this.library.addTag([id], tag);
          for (const { position, note } of marks.bookmarks) this.library.addBookmark(id, position, note);
        })
        .immediate(),
    );
  }

  list(page: EpisodePage): readonly StoredEpisode[] {
    return guard(() => (this.selectPage.all({ before: page.before ?? null, limit: page.limit }) as EpisodeRow[]).map(storedEpisode));
  }

  recording(id: EpisodeId, { from = 0, to = MOST_POSITIONS }: { readonly from?: number; readonly to?: number } = {}): Recording | null {
    return guard(() => {
      const row = this.selectEpisode.get(id) as EpisodeRow | undefined;
      if (row === undefined) return null;
      return {
        episode: episodeRecord(row),
        finishedAt: row.finished_at,
        scores: { baseline: row.baseline_score, trained: row.trained_score },
        steps: (this.selectSteps.all({ seq: row.seq, from, to }) as StepRow[]).map((step) => stepRecord(id, step)),
      };
    });
  }

  status(): StoreStatus {
    this.counts ??= guard(() => this.selectCounts.get() as { episodes: number; steps: number });
    const { file } = this.database;
    return { ...this.counts, bytes: sizeOf(file) + sizeOf(`${file}-wal`), writable: true, problem: null };
  }

  /** Counts anew with the next `status`, because another connection has written. */
  recount(): void {
    this.counts = null;
  }

  close(): void {
    this.database.close();
  }

  private write({ step, countedMs, embeddingDistance }: StepRecord): void {
    const { truth, ...info } = step.info;
    const observation: StoredObservation = {
      normalizedText: step.normalizedText,
      hints: step.hints,
      layers: step.layers,
      budgetLeft: step.budgetLeft,
    };
    const { reward, verdict } = step.info;
    const { changes } = this.insertStep.run({
      episodeId: step.episodeId,
      offset: step.position * 2 + LANES.indexOf(step.lane),
      lane: step.lane,
      position: step.position,
      message: this.textOf(step.message),
      observation: JSON.stringify(observation),
      decision: JSON.stringify(step.decision),
      truth: JSON.stringify(truth),
      info: JSON.stringify(info),
      action: step.decision.action,
      verdict,
      reward: reward.total,
      security: reward.security,
      usability: reward.usability,
      latency: reward.latency,
      format: reward.format,
      decisionMs: step.decision.decisionMs,
      countedMs,
      embeddingDistance,
    });
    if (changes === 0) throw new StoreFailedError({ cause: new Error(`no episode ${step.episodeId}`) });
  }

  private textOf(message: GatewayMessage): string {
    if (this.latest?.message !== message) this.latest = { message, text: JSON.stringify(message) };
    return this.latest.text;
  }
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}

function storedEpisode(row: EpisodeRow): StoredEpisode {
  const open = row.open_sums === null ? null : parse<LaneSums>(row.open_sums);
  return {
    id: row.id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    seed: row.seed,
    phase: row.phase,
    split: row.split,
    models: { baseline: row.baseline_model, trained: row.trained_model },
    reward: open?.reward ?? { baseline: row.baseline_reward ?? 0, trained: row.trained_reward ?? 0 },
    breached: {
      baseline: (open?.breached.baseline ?? row.baseline_breached) === 1,
      trained: (open?.breached.trained ?? row.trained_breached) === 1,
    },
  };
}

function episodeRecord(row: EpisodeRow): EpisodeRecord {
  return {
    id: row.id,
    seed: row.seed,
    phase: row.phase,
    curriculum: parse<CurriculumState>(row.curriculum),
    config: parse<EnvironmentConfig>(row.config),
    corpusSha256: row.corpus_sha256,
    models: {
      baseline: { id: row.baseline_model, sha256: row.baseline_sha256 },
      trained: { id: row.trained_model, sha256: row.trained_sha256 },
    },
    startedAt: row.started_at,
  };
}

function stepRecord(episodeId: EpisodeId, row: StepRow): StepRecord {
  const info = { ...parse<Omit<StepInfo, 'truth'>>(row.info), truth: parse<GroundTruth>(row.truth) };
  return {
    step: {
      lane: row.lane,
      episodeId,
      position: row.position,
      message: parse<GatewayMessage>(row.message),
      ...parse<StoredObservation>(row.observation),
      decision: parse<Decision>(row.decision),
      info,
    },
    countedMs: row.counted_ms,
    embeddingDistance: row.embedding_distance,
  };
}

/** Our own JSON read back; text that no longer parses means a damaged file. */
function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new StoreCorruptError({ cause: error });
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
