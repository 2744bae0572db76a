import { z } from 'zod';
import type { ActionConfusion, BinaryCounts } from './confusion.ts';
import { COST_PRESETS } from './decisions.ts';
import type { EvaluationReport, Mistake, RocPoint } from './evaluationReport.ts';
import { modelIdSchema, type ModelId } from './ids.ts';
import type { GatewayMessage } from './messages.ts';
import type { DecodedLayer, Hint } from './observation.ts';
import { phaseSchema, splitSchema } from './schemas.ts';
import type { Rate } from './wilson.ts';

/** Most bytes of a suite that is sent in. */
export const MOST_SUITE_BYTES = 32 * 1024 * 1024;
/** Most messages of one evaluation. */
export const MOST_EVALUATED = 20_000;
/** Reports that are kept; the oldest goes first. */
export const MOST_EVALUATIONS = 50;

/** `ev-` and 16 hex digits. */
export const evaluationIdSchema = z
  .string()
  .regex(/^ev-[0-9a-f]{16}$/)
  .brand<'EvaluationId'>();
export type EvaluationId = z.infer<typeof evaluationIdSchema>;

const uploadIdSchema = z.string().regex(/^[a-z]+-[0-9a-f]{16}$/);

export const evaluationSourceSchema = z.discriminatedUnion('type', [
  /** Distinct messages of the environment's generator; `phase` absent: all phases in turn. */
  z.strictObject({
    type: z.literal('bundled'),
    split: splitSchema,
    count: z.int().min(1).max(MOST_EVALUATED),
    seed: z.int().min(0).max(4_294_967_295),
    phase: phaseSchema.optional(),
  }),
  /** A labelled suite that was sent in with `uploadBegin` and `uploadWrite`. */
  z.strictObject({ type: z.literal('suite'), upload: uploadIdSchema, name: z.string().min(1).max(200) }),
  /** The decided items of the review queue. */
  z.strictObject({ type: z.literal('labels') }),
]);
export type EvaluationSource = z.infer<typeof evaluationSourceSchema>;

export const EXPORT_KINDS = ['json', 'markdown', 'svg'] as const;
export type EvaluationExportKind = (typeof EXPORT_KINDS)[number];

export const evaluationInputs = {
  start: z.strictObject({ modelId: modelIdSchema, source: evaluationSourceSchema, costPreset: z.enum(COST_PRESETS) }),
  ofEvaluation: z.strictObject({ id: evaluationIdSchema }),
  ofCase: z.strictObject({ id: evaluationIdSchema, case: z.int().min(0) }),
  uploadWrite: z.strictObject({ upload: uploadIdSchema, data: z.base64().max(200_000) }),
  export: z.strictObject({ id: evaluationIdSchema, kind: z.enum(EXPORT_KINDS) }),
} as const;
export type EvaluationRequest = z.infer<typeof evaluationInputs.start>;

const rateSchema = z.strictObject({ successes: z.int(), trials: z.int(), rate: z.number(), low: z.number(), high: z.number() });

/** One kept report in the list. */
export const evaluationSummarySchema = z.strictObject({
  id: evaluationIdSchema,
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  finishedAt: z.string(),
  model: modelIdSchema,
  suite: z.string(),
  rows: z.int(),
  costPreset: z.enum(COST_PRESETS),
  recall: rateSchema.nullable(),
  falsePositiveRate: rateSchema.nullable(),
  auroc: z.number().nullable(),
});
export type EvaluationSummary = z.infer<typeof evaluationSummarySchema>;

/** A mistake whose message was kept; `case` is its place in the list of cases. */
export interface KeptMistake extends Mistake {
  readonly case: number;
}

export interface SystemRoc {
  readonly system: string;
  readonly points: readonly RocPoint[];
}

/** Steps between the thresholds 0 and 1. */
export const THRESHOLD_STEPS = 200;

/** Figures of a binary alarm, with intervals; rates within 0..1. */
export interface AlarmFigures {
  readonly counts: BinaryCounts;
  readonly recall: Rate | null;
  readonly falsePositiveRate: Rate | null;
  readonly precision: number | null;
  readonly f1: number | null;
  /** Mean cost of a message, in reward units; null without messages. */
  readonly regret: number | null;
  readonly confusion: ActionConfusion;
}

/** What another alarm threshold would have made of the same messages. */
export interface ThresholdSweep {
  /** At 0, 1/200, … 1: a message is stopped when 1 - P(ALLOW) reaches the threshold. */
  readonly points: readonly AlarmFigures[];
  /** Of the actions that the model took, by its own costs. */
  readonly decided: AlarmFigures;
}

/** A report with what is shown beside it. */
export interface EvaluationDetail {
  readonly summary: EvaluationSummary;
  readonly report: EvaluationReport;
  /** Of every system that gives scores, the model first. */
  readonly roc: readonly SystemRoc[];
  /** Null when the model gives no probabilities: then there is no threshold to move. */
  readonly threshold: ThresholdSweep | null;
  /** The costliest mistakes, worst first. */
  readonly mistakes: readonly KeptMistake[];
}

/** The message behind a mistake, as a gateway would have observed it. */
export interface MistakenMessage {
  readonly message: GatewayMessage;
  readonly normalizedText: string;
  readonly layers: readonly DecodedLayer[];
  readonly hints: readonly Hint[];
}

export const EVALUATION_STAGES = ['preparing', 'fitting', 'evaluating', 'saving'] as const;

export interface RunningEvaluation {
  readonly id: EvaluationId;
  readonly model: ModelId;
  readonly suite: string;
  /** `fitting`: the linear baseline, once for each start of the application. */
  readonly stage: (typeof EVALUATION_STAGES)[number];
  readonly done: number;
  /** Messages to expect at most; 0 while they are not counted yet. */
  readonly total: number;
}

export interface EndedEvaluation {
  readonly id: EvaluationId;
  readonly outcome: 'finished' | 'cancelled' | 'failed';
  /** One sentence; failures only. */
  readonly problem: string | null;
}

export interface EvaluationStatus {
  /** At most one runs at a time. */
  readonly running: RunningEvaluation | null;
  /** The latest that ended since the application started. */
  readonly ended: EndedEvaluation | null;
  /** Kept reports, the newest first. */
  readonly reports: readonly EvaluationSummary[];
}

export interface EvaluationFile {
  readonly name: string;
  readonly text: string;
}
