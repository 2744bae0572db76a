import { z } from 'zod';
import type { Action, PerAction } from './actions.ts';
import type { Decision } from './decisions.ts';
import type { CriticReport, GroundTruth, Split, VerifierReport } from './episodes.ts';
import { episodeIdSchema, modelIdSchema, type EpisodeId, type ModelId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { LANES, type Lane, type PerLane } from './live.ts';
import type { GatewayMessage, MessageKind } from './messages.ts';
import type { DecodedLayer, Hint } from './observation.ts';
import { actionSchema } from './schemas.ts';

/** `rv-` and 16 hex digits. */
export const reviewItemIdSchema = z
  .string()
  .regex(/^rv-[0-9a-f]{16}$/)
  .brand<'ReviewItemId'>();
export type ReviewItemId = z.infer<typeof reviewItemIdSchema>;

/** `an-` and 16 hex digits: one analyst's profile. */
export const analystIdSchema = z
  .string()
  .regex(/^an-[0-9a-f]{16}$/)
  .brand<'AnalystId'>();
export type AnalystId = z.infer<typeof analystIdSchema>;

export const analystNameSchema = z.string().trim().min(1).max(60);

export interface AnalystProfile {
  readonly id: AnalystId;
  readonly name: string;
}

export const REVIEW_SOURCES = ['live', 'replay', 'gateway'] as const;
export type ReviewSource = (typeof REVIEW_SOURCES)[number];

/** Why a decision waits for an analyst. */
export const DISPUTE_CAUSES = ['near_threshold', 'critic_disagrees', 'models_disagree', 'analyst_flag'] as const;
export type DisputeCause = (typeof DISPUTE_CAUSES)[number];

/** What is stored of an item's way; `reserved` and `draft` come on top of `pending` and `needs_second`. */
export const REVIEW_STATUSES = ['pending', 'needs_second', 'submitted', 'conflict', 'adjudicated', 'discarded'] as const;
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];
export const REVIEW_STATES = ['pending', 'reserved', 'draft', 'needs_second', 'submitted', 'conflict', 'adjudicated', 'discarded'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

export const CONFIDENCES = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Reason codes of the guidelines in force; a label names the version it was made under. */
export const REASON_CODES = [
  'orders_the_model',
  'hidden_text',
  'asks_for_secrets',
  'data_leaves',
  'wider_reach',
  'starts_a_program',
  'off_task',
  'harmless_rewording',
  'explained_extension',
  'fits_the_task',
  'ordinary_encoding',
  'reference_outdated',
  'context_missing',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export const SKIP_REASONS = ['unsure', 'needs_an_expert', 'evidence_incomplete', 'later'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** The part of the candidate text that decided, as character offsets and as text. */
export const labelSpanSchema = z
  .strictObject({ start: z.int().min(0), end: z.int().min(0), text: z.string().max(2_000) })
  .refine(({ start, end }) => end > start, 'The end must lie behind the start.');

export const labelInputSchema = z.strictObject({
  action: actionSchema,
  confidence: z.enum(CONFIDENCES),
  reasons: z.array(z.enum(REASON_CODES)).max(REASON_CODES.length),
  span: labelSpanSchema.nullable(),
  note: z.string().max(2_000),
});
export type LabelInput = z.infer<typeof labelInputSchema>;

/** A label being made; saved with every change. */
export const labelDraftSchema = labelInputSchema.extend({ action: actionSchema.nullable() });
export type LabelDraft = z.infer<typeof labelDraftSchema>;

export const REVIEW_SORTS = ['uncertainty', 'newest', 'oldest', 'severity'] as const;
export type ReviewSort = (typeof REVIEW_SORTS)[number];

/** What the queue shows; absent fields do not restrict. */
export const reviewFilterSchema = z.strictObject({
  states: z.array(z.enum(REVIEW_STATES)).max(REVIEW_STATES.length).optional(),
  causes: z.array(z.enum(DISPUTE_CAUSES)).max(DISPUTE_CAUSES.length).optional(),
  sources: z.array(z.enum(REVIEW_SOURCES)).max(REVIEW_SOURCES.length).optional(),
  /** Vector of the simulation; only items whose truth this analyst may see match. */
  family: z.string().max(100).optional(),
  baselineAction: actionSchema.optional(),
  trainedAction: actionSchema.optional(),
  /** Model of either lane. */
  model: modelIdSchema.optional(),
  /** Largest margin, 0..1. */
  maxMargin: z.number().min(0).max(1).optional(),
  /** Items this analyst has labelled, drafted or holds. */
  mine: z.boolean().optional(),
  /** Items whose labels differ, whether adjudicated since or not. */
  disagreements: z.boolean().optional(),
  /** Text anywhere in message, task, server or tool; from three characters on. */
  text: z.string().max(200).optional(),
});
export type ReviewFilter = z.infer<typeof reviewFilterSchema>;

export const reviewQuerySchema = z.strictObject({
  analyst: analystIdSchema,
  filter: reviewFilterSchema.default({}),
  sort: z.enum(REVIEW_SORTS).default('uncertainty'),
  /** Keyset cursor of the page before. */
  after: z.string().max(100).optional(),
  limit: z.int().min(1).max(1_000).default(100),
});
export type ReviewQuery = z.infer<typeof reviewQuerySchema>;

/** One line of the queue. */
export interface ReviewRow {
  readonly id: ReviewItemId;
  readonly source: ReviewSource;
  readonly createdAt: string;
  readonly kind: MessageKind;
  readonly server: string;
  readonly tool: string | null;
  readonly state: ReviewState;
  readonly causes: readonly DisputeCause[];
  readonly severity: Severity;
  /** Distance to the nearest decision border, 0..1: of the drift to its threshold or of the two most probable actions; null while hidden. */
  readonly margin: number | null;
  /** The lanes' actions; null while they are hidden from this analyst. */
  readonly actions: PerLane<Action | null> | null;
  /** Hidden until this analyst has made a first choice. */
  readonly blind: boolean;
  /** Labels in force. */
  readonly labels: number;
  /** The action that counts once the item is closed. */
  readonly finalAction: Action | null;
  readonly myAction: Action | null;
  /** Name of the analyst who holds the item, when it is another. */
  readonly heldBy: string | null;
}

export interface ReviewPage {
  readonly rows: readonly ReviewRow[];
  readonly total: number;
  /** Null on the last page. */
  readonly next: string | null;
}

/** A reservation; times in milliseconds since 1970. */
export interface ReviewLease {
  readonly expiresAt: number;
  /** The backend's clock when it answered, so that a page counts down by differences. */
  readonly now: number;
}

export interface LaneEvidence {
  readonly model: { readonly id: ModelId; readonly sha256: string };
  readonly decision: Decision;
  /** Null where no environment graded the decision. */
  readonly verifier: VerifierReport | null;
}

/** The two texts that the critic compared. */
export interface ReviewReference {
  readonly kind: CriticReport['reference'];
  readonly reference: string;
  readonly candidate: string;
}

export interface StoredLabel {
  /** Null while names are hidden. */
  readonly analyst: string | null;
  readonly mine: boolean;
  readonly purpose: 'label' | 'bulk' | 'adjudication' | 'gold_check';
  readonly label: LabelInput;
  /** What the analyst chose before anything was shown; null when it was shown from the start. */
  readonly firstChoice: Action | null;
  readonly sawSuggestion: boolean;
  readonly guideline: string;
  readonly createdAt: string;
}

/** How the same change was decided before. */
export interface Precedent {
  readonly id: ReviewItemId;
  readonly action: Action;
  readonly status: 'submitted' | 'adjudicated';
  readonly decidedAt: string;
  readonly server: string;
}

/** One link of the audit chain. */
export interface ReviewEvent {
  readonly seq: number;
  readonly at: string;
  readonly analyst: string | null;
  readonly type: string;
  readonly detail: JsonObject;
  readonly hash: string;
}

/** All of one item that this analyst may see. */
export interface ReviewItem {
  readonly row: ReviewRow;
  readonly episode: { readonly id: EpisodeId; readonly position: number } | null;
  readonly message: GatewayMessage;
  readonly hints: readonly Hint[];
  readonly layers: readonly DecodedLayer[];
  readonly reference: ReviewReference | null;
  /** The decisions are hidden until a first choice: critic, lanes, suggestion, precedents and labels are then empty. */
  readonly hidden: boolean;
  readonly critic: CriticReport | null;
  readonly lanes: PerLane<LaneEvidence | null>;
  readonly suggestion: { readonly action: Action; readonly score: number } | null;
  readonly precedents: readonly Precedent[];
  readonly labels: readonly StoredLabel[];
  readonly senderNote: string | null;
  /** What the simulation knows; shown once this analyst has labelled the item or it is closed. */
  readonly truth: GroundTruth | null;
  readonly draft: LabelDraft | null;
  readonly lease: ReviewLease | null;
  /** What this analyst may do now. */
  readonly may: 'label' | 'adjudicate' | 'read';
  readonly gold: boolean;
  /** Other open items with the very same evidence that a bulk decision would take along. */
  readonly identical: number;
  readonly events: readonly ReviewEvent[];
}

/** Counts for the head of the page; `revision` changes with every event. */
export interface ReviewOverview {
  readonly revision: number;
  readonly byStatus: { readonly [S in ReviewStatus]: number };
  readonly byCause: { readonly [C in DisputeCause]: number };
  readonly families: readonly string[];
  readonly models: readonly ModelId[];
  readonly doneToday: number;
  readonly remaining: number;
  /** Median time from opening to submitting of this analyst's last 50 labels, seconds; null before the first. */
  readonly medianSeconds: number | null;
  /** Operations that this analyst can still undo, 0..50. */
  readonly undoable: number;
}

/** How much waits, for a status line. */
export interface ReviewWaiting {
  /** Changes with every event of the queue. */
  readonly revision: number;
  /** Whose count it is; null: everybody's, when no known analyst was named. */
  readonly analyst: AnalystProfile | null;
  /** Open items that this analyst has neither labelled nor skipped. */
  readonly open: number;
  /** Items that ever came in. */
  readonly items: number;
}

export interface SavedView {
  readonly name: string;
  readonly filter: ReviewFilter;
  readonly sort: ReviewSort;
}

export interface GuidelineExample {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  readonly action: Action;
  readonly reasons: readonly ReasonCode[];
  readonly why: string;
}

export interface Guidelines {
  readonly version: string;
  readonly changes: readonly { readonly version: string; readonly note: string }[];
  readonly principles: readonly string[];
  readonly actions: PerAction<string>;
  readonly reasons: readonly {
    readonly code: ReasonCode;
    readonly title: string;
    readonly says: 'malicious' | 'benign' | 'neither';
  }[];
  readonly examples: readonly GuidelineExample[];
}

/** A figure with its 95% interval. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly items: number;
}

/** How far analysts agree, on first choices made without seeing any other. */
export interface AgreementReport {
  /** Items with two labels or more. */
  readonly shared: number;
  /** True under 30 shared items: the figures say little. */
  readonly few: boolean;
  /** Share of label pairs that agree, 0..1. */
  readonly raw: Estimate;
  /** Krippendorff's alpha, nominal. */
  readonly alpha: Estimate;
  readonly pairs: readonly { readonly a: string; readonly b: string; readonly kappa: Estimate; readonly raw: number | null }[];
  /** Ordered pairs of labels of the same item. */
  readonly confusion: PerAction<PerAction>;
  /** This analyst's answers to gold items. */
  readonly gold: { readonly items: number; readonly right: number };
}

export interface ThresholdFigures {
  readonly threshold: number;
  /** Share of malicious items with drift found, 0..1. */
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
  /** Mean security reward of SEMANTIC_DIFF on the labelled items. */
  readonly reward: number;
}

/** The critic's threshold as it is and as the labels would have it. */
export interface ThresholdRecalibration {
  readonly items: number;
  readonly malicious: number;
  readonly before: ThresholdFigures;
  readonly after: ThresholdFigures;
  readonly curve: readonly ThresholdFigures[];
  /** Items per tenth of drift. */
  readonly histogram: { readonly benign: readonly number[]; readonly malicious: readonly number[] };
}

export interface TemperatureFigures {
  readonly temperature: number;
  /** Mean negative log likelihood of the labelled actions, nats. */
  readonly nll: number;
  /** Expected calibration error, 0..1. */
  readonly ece: number;
  /** Reliability diagram: mean confidence, share right, count. */
  readonly bins: readonly { readonly confidence: number; readonly frequency: number; readonly count: number }[];
}

export interface TemperatureRecalibration {
  readonly model: ModelId;
  readonly items: number;
  /** False when the labels contradict the model so much that no temperature fits: the search ended at its border. */
  readonly fits: boolean;
  readonly before: TemperatureFigures;
  readonly after: TemperatureFigures;
}

export interface RecalibrationReport {
  /** Labelled items below which nothing is applied. */
  readonly least: number;
  /** Items of either side below which no threshold is applied. */
  readonly leastOfEachSide: number;
  readonly threshold: ThresholdRecalibration | null;
  readonly temperatures: readonly TemperatureRecalibration[];
  readonly history: readonly {
    readonly at: string;
    readonly analyst: string;
    readonly kind: 'threshold' | 'temperature';
    readonly model: ModelId | null;
    readonly before: number;
    /** Null: back to the shipped value. */
    readonly after: number | null;
  }[];
}

export const EXPORT_FORMATS = ['jsonl', 'csv', 'sft', 'dpo'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Which labels an export holds; absent fields do not restrict. Groups and splits are those of all labels, whatever the filter. */
export const exportFilterSchema = reviewFilterSchema.pick({ causes: true, sources: true, family: true, model: true });
export type ExportFilter = z.infer<typeof exportFilterSchema>;

/** Written beside every export. */
export interface ExportManifest {
  readonly schema: 'omniguard-labels/1';
  readonly format: ExportFormat;
  readonly filter: ExportFilter;
  readonly createdAt: string;
  readonly rows: number;
  readonly sha256: string;
  readonly bySplit: { readonly [S in Split]: number };
  /** Groups that never lie in two splits: episodes of one seed, and those that share a change. */
  readonly families: number;
  readonly excluded: {
    readonly open: number;
    readonly conflict: number;
    readonly discarded: number;
    /** Labelled items that the filter leaves out. */
    readonly filtered: number;
    readonly duplicates: number;
    /** DPO: the label is what the model chose anyway. */
    readonly ties: number;
  };
  readonly guidelines: readonly string[];
  readonly analysts: number;
  /** Krippendorff's alpha over the shared items; null under two. */
  readonly alpha: number | null;
  /** Newest link of the audit chain the labels were read under. */
  readonly auditHead: string | null;
}

export interface ExportPreview {
  readonly manifest: Omit<ExportManifest, 'sha256'>;
  /** First lines, cut to 2,000 characters each. */
  readonly sample: readonly string[];
}

export interface ExportResult {
  readonly file: string;
  readonly manifestFile: string;
  readonly manifest: ExportManifest;
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly events: number;
  /** Hash of the newest event; null when there is none. */
  readonly head: string | null;
  /** First link that does not hold, and why. */
  readonly broken: { readonly seq: number; readonly reason: string } | null;
}

/** What analysts said about one step of an episode. */
export interface StepLabel {
  readonly itemId: ReviewItemId;
  /** Lanes that saw this message. */
  readonly lanes: readonly Lane[];
  readonly position: number;
  readonly state: ReviewState;
  readonly action: Action | null;
  readonly labels: number;
}

export const reviewInputs = {
  createProfile: z.strictObject({ name: analystNameSchema }),
  ofAnalyst: z.strictObject({ analyst: analystIdSchema }),
  waiting: z.strictObject({ analyst: analystIdSchema.optional() }),
  ofItem: z.strictObject({ itemId: reviewItemIdSchema, analyst: analystIdSchema }),
  next: z.strictObject({
    analyst: analystIdSchema,
    filter: reviewFilterSchema.default({}),
    sort: z.enum(REVIEW_SORTS).default('uncertainty'),
  }),
  saveDraft: z.strictObject({ itemId: reviewItemIdSchema, analyst: analystIdSchema, draft: labelDraftSchema }),
  submit: z.strictObject({ itemId: reviewItemIdSchema, analyst: analystIdSchema, label: labelInputSchema }),
  skip: z.strictObject({ itemId: reviewItemIdSchema, analyst: analystIdSchema, reason: z.enum(SKIP_REASONS) }),
  flag: z.strictObject({ itemId: reviewItemIdSchema, analyst: analystIdSchema, note: z.string().max(2_000).default('') }),
  setGold: z.strictObject({ itemId: reviewItemIdSchema, analyst: analystIdSchema, gold: z.boolean() }),
  bulkAccept: z.strictObject({
    itemId: reviewItemIdSchema,
    analyst: analystIdSchema,
    items: z.array(reviewItemIdSchema).min(1).max(500),
  }),
  /** Puts the message that a lane saw into the queue, from a live view or a replay. */
  send: z.strictObject({
    episodeId: episodeIdSchema,
    lane: z.enum(LANES),
    position: z.int().min(0).max(32_767),
    note: z.string().max(2_000).optional(),
    analyst: analystIdSchema.optional(),
    source: z.enum(['live', 'replay']).default('replay'),
  }),
  labelsOf: z.strictObject({ episodeId: episodeIdSchema }),
  saveView: z.strictObject({
    analyst: analystIdSchema,
    name: z.string().trim().min(1).max(60),
    filter: reviewFilterSchema,
    sort: z.enum(REVIEW_SORTS),
  }),
  deleteView: z.strictObject({ analyst: analystIdSchema, name: z.string().max(60) }),
  exportLabels: z.strictObject({ format: z.enum(EXPORT_FORMATS), filter: exportFilterSchema.default({}) }),
  recalibrate: z.strictObject({
    analyst: analystIdSchema,
    kind: z.enum(['threshold', 'temperature']),
    /** Of a temperature. */
    model: modelIdSchema.optional(),
    /** `shipped` takes an earlier recalibration back. */
    to: z.enum(['labels', 'shipped']),
  }),
} as const;
