import { z } from 'zod';
import type { PerAction } from './actions.ts';
import { COST_PRESETS, type Decision } from './decisions.ts';
import type { CurriculumState, StepInfo } from './episodes.ts';
import { episodeIdSchema, modelIdSchema, type EpisodeId, type ModelId } from './ids.ts';
import type { GatewayMessage } from './messages.ts';
import type { DecodedLayer, Hint } from './observation.ts';
import { phaseSchema, splitSchema } from './schemas.ts';

export const LANES = ['baseline', 'trained'] as const;
export type Lane = (typeof LANES)[number];
export type PerLane<T> = { readonly [L in Lane]: T };

/** Upper bound of the pace, decisions a second; `max` runs as fast as the models answer. */
export const LIVE_SPEEDS = [0.5, 1, 2, 5, 'max'] as const;

/** What the analyst chooses before a comparison starts. */
export const liveScopeSchema = z.strictObject({
  baseline: modelIdSchema,
  trained: modelIdSchema,
  seed: z.int().min(0).max(4_294_967_295),
  /** `auto`: the curriculum moves on with the trained lane's scores. */
  phase: z.union([phaseSchema, z.literal('auto')]),
  split: splitSchema,
  speed: z.union([z.literal(0.5), z.literal(1), z.literal(2), z.literal(5), z.literal('max')]),
  costPreset: z.enum(COST_PRESETS),
});
export type LiveScope = z.infer<typeof liveScopeSchema>;

/** One lane's part in one step, complete: what is stored and what is shown. */
export interface LaneStep {
  readonly lane: Lane;
  readonly episodeId: EpisodeId;
  /** Position in the base stream, from 0. */
  readonly position: number;
  /** The message this lane saw: the base stream's, or the adversary's mutated retry. */
  readonly message: GatewayMessage;
  readonly normalizedText: string;
  readonly hints: readonly Hint[];
  readonly layers: readonly DecodedLayer[];
  readonly budgetLeft: number;
  readonly decision: Decision;
  readonly info: StepInfo;
}

/** Running figures of one lane over the whole comparison. */
export interface LaneTotals {
  readonly steps: number;
  readonly reward: number;
  /** False positives over all benign messages, 0..1: the share of good traffic an analyst had to look at; null before the first. */
  readonly alertFatigue: number | null;
  readonly breaches: number;
  readonly truePositives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly actions: PerAction;
  /** Decision time percentiles, milliseconds; null before the first decision. */
  readonly decisionMs: { readonly p50: number; readonly p95: number } | null;
}

export type LiveState = 'idle' | 'loading' | 'running' | 'stepping' | 'paused' | 'stopping' | 'failed';

/** One numbered event of a comparison. The store is the truth, events are a hint; ask again with `since`. */
export type LiveEvent =
  | { readonly type: 'state'; readonly seq: number; readonly state: LiveState; readonly problem: string | null }
  | {
      readonly type: 'episode_started';
      readonly seq: number;
      readonly episodeId: EpisodeId;
      readonly index: number;
      readonly seed: number;
      readonly curriculum: CurriculumState;
    }
  | {
      readonly type: 'step';
      readonly seq: number;
      readonly step: LaneStep;
      readonly totals: LaneTotals;
    }
  | {
      readonly type: 'lane_waiting';
      readonly seq: number;
      readonly lane: Lane;
      readonly episodeId: EpisodeId;
      readonly reason: 'breach' | 'finished';
    }
  | { readonly type: 'episode_finished'; readonly seq: number; readonly episodeId: EpisodeId; readonly scores: PerLane<number> };

/** Events since the last batch, coalesced every 50 ms. `dropped` counts step events a slow reader missed. */
export interface LiveBatch {
  readonly events: readonly LiveEvent[];
  readonly dropped: number;
}

/** Everything a page needs to draw itself from nothing. */
export interface LiveSnapshot {
  readonly seq: number;
  readonly state: LiveState;
  readonly problem: string | null;
  readonly scope: LiveScope;
  readonly episodeId: EpisodeId | null;
  readonly episodeIndex: number;
  readonly curriculum: CurriculumState;
  readonly totals: PerLane<LaneTotals>;
  /** Latest steps, oldest first, at most 400 over both lanes. */
  readonly recent: readonly LaneStep[];
  /** Cumulative reward after each of the lane's steps, thinned to at most 2,000 points: [step, reward]. */
  readonly rewardCurve: PerLane<readonly (readonly [number, number])[]>;
  /** Messages of the current episode not played yet. */
  readonly queueDepth: number;
  /** Messages played since the comparison began; a message that both lanes saw counts once. */
  readonly messagesPlayed: number;
  /** Messages in a whole episode. */
  readonly episodeLength: number;
  /** Ticks in an episode's latency budget. */
  readonly budgetTicks: number;
}

/** The result of `compare`, as its `--json` prints it. */
export interface CompareReport {
  readonly seed: number;
  readonly episodes: number;
  readonly lanes: PerLane<
    LaneTotals & {
      readonly model: { readonly id: ModelId; readonly path: string; readonly sha256: string };
      readonly meanReward: number;
    }
  >;
  /** Trained mean reward less the baseline's, per step played. */
  readonly rewardGap: number;
  readonly episodeIds: readonly EpisodeId[];
}

export const episodeQuerySchema = z.strictObject({
  /** Keyset cursor: the id of the last episode of the page before. */
  before: episodeIdSchema.optional(),
  limit: z.int().min(1).max(200).default(50),
});

/** One row of the episode list. */
export interface StoredEpisode {
  readonly id: EpisodeId;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly seed: number;
  readonly phase: string;
  readonly split: string;
  readonly models: PerLane<ModelId>;
  readonly reward: PerLane<number>;
  readonly breached: PerLane<boolean>;
}
