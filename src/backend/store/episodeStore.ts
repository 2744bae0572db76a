import type { CurriculumState, EnvironmentConfig } from '../../contract/episodes.ts';
import type { EpisodeId, ModelId, Sha256 } from '../../contract/ids.ts';
import type { LaneStep, PerLane, StoredEpisode } from '../../contract/live.ts';
import type { Phase } from '../../contract/observation.ts';

/** All that an episode depends on besides the defenders' answers. */
export interface EpisodeRecord {
  readonly id: EpisodeId;
  readonly seed: number;
  readonly phase: Phase;
  readonly curriculum: CurriculumState;
  readonly config: EnvironmentConfig;
  readonly corpusSha256: string;
  readonly models: PerLane<{ readonly id: ModelId; readonly sha256: Sha256 }>;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** A lane's step with what the environment was told beside the decision, so that a replay is exact. */
export interface StepRecord {
  readonly step: LaneStep;
  /** Decision time that counted against the deadline, milliseconds; null: none was counted. */
  readonly countedMs: number | null;
  /** Distance from a model embedder; null: the engine's own was used. */
  readonly embeddingDistance: number | null;
}

/** A stored episode as a replay needs it. */
export interface Recording {
  readonly episode: EpisodeRecord;
  readonly finishedAt: string | null;
  readonly scores: PerLane<number | null>;
  readonly steps: readonly StepRecord[];
}

export interface EpisodePage {
  readonly before?: EpisodeId | undefined;
  /** 1..200 */
  readonly limit: number;
}

export interface StoreStatus {
  readonly episodes: number;
  readonly steps: number;
  /** Size of the files on disk. */
  readonly bytes: number;
  readonly writable: boolean;
  /** One sentence when not writable. */
  readonly problem: string | null;
}

/** What a comparison needs of a store. Every method throws `StoreError` when it could not write. */
export interface EpisodeWriter {
  begin(episode: EpisodeRecord): void;
  /** One transaction: the step and the sums of its lane. */
  append(record: StepRecord): void;
  finish(id: EpisodeId, finishedAt: string, scores: PerLane<number>): void;
}

/** Episodes, newest first, with their steps. */
export interface EpisodeStore extends EpisodeWriter {
  list(page: EpisodePage): readonly StoredEpisode[];
  /** The whole episode, both lanes, by position; null when there is none with that id. */
  recording(id: EpisodeId): Recording | null;
  status(): StoreStatus;
  close(): void;
}
