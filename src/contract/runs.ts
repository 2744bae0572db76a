import { z } from 'zod';
import type { Phase } from './observation.ts';

/** `run-` and 16 hex digits, derived from where the run came from: stable over re-imports. */
export const runIdSchema = z
  .string()
  .regex(/^run-[0-9a-f]{16}$/)
  .brand<'RunId'>();
export type RunId = z.infer<typeof runIdSchema>;

/**
 * `wandb`: an offline run's `.wandb`; `json_lines`: one JSON object a line, as `wandb-history.jsonl` and our own
 * `history.jsonl`; `trainer_state`: `trainer_state.json` of TRL and Transformers; `trackio`: a project's SQLite file.
 */
export const RUN_FORMATS = ['wandb', 'json_lines', 'trainer_state', 'trackio'] as const;
export type RunFormat = (typeof RUN_FORMATS)[number];

/** `ended` means that the file holds no mark of an end and is not followed. */
export type RunState = 'live' | 'stale' | 'finished' | 'failed' | 'ended';

export interface MetricSummary {
  readonly name: string;
  /** Points, non-finite ones included. */
  readonly count: number;
  /** Of the finite points; null when there are none. */
  readonly min: number | null;
  readonly max: number | null;
  readonly last: number | null;
}

export interface RunSummary {
  readonly id: RunId;
  /** Untrusted text, as everything that a file says. */
  readonly name: string;
  /** Runs of one source stand together under it. */
  readonly group: string;
  readonly format: RunFormat;
  readonly path: string;
  readonly sha256: string;
  /** Came with OmniGuard; it cannot be removed. */
  readonly shipped: boolean;
  /** False for a file that was sent in: nothing tells when its original grows. */
  readonly followable: boolean;
  readonly state: RunState;
  readonly followed: boolean;
  /** 0, 1, 2 … in the order of arrival; it never changes, so neither does the run's colour. */
  readonly colour: number;
  readonly startedAt: string | null;
  readonly importedAt: string;
  /** Rows logged. */
  readonly rows: number;
  /** Highest step, null without points. */
  readonly lastStep: number | null;
  /** Seconds from the first point to the last, null where the source has no times. */
  readonly seconds: number | null;
  readonly metrics: readonly MetricSummary[];
  /** What the importer left out, one sentence each. */
  readonly notes: readonly string[];
}

export interface RunList {
  readonly runs: readonly RunSummary[];
  /** Why runs are kept in memory only, or null. */
  readonly problem: string | null;
}

/** Nested keys joined by dots, values as JSON text (strings without quotes). */
export type FlatEntries = readonly (readonly [key: string, value: string])[];

export interface RunDetail {
  readonly id: RunId;
  readonly config: FlatEntries;
  readonly summary: FlatEntries;
}

/** Names an import while it runs, so that it can be watched and cancelled; chosen by the one who asks for it. */
export const importTicketSchema = z.string().regex(/^[0-9a-f]{16}$/);

export const importInputSchema = z.strictObject({
  /** Absolute path of a file or folder on the machine of the backend. */
  path: z.string().min(1).max(4_096),
  /** Reads on as the file grows. */
  follow: z.boolean(),
  ticket: importTicketSchema,
});
export type ImportInput = z.infer<typeof importInputSchema>;

export const MOST_UPLOADED_FILES = 64;
/** Of one file. */
export const MOST_UPLOADED_BYTES = 2 * 1024 ** 3;
const uploadIdSchema = z.string().regex(/^ru-[0-9a-f]{16}$/);
/** A file's place within what was chosen: names between slashes, none of which leads elsewhere. */
export const uploadPathSchema = z
  .string()
  .max(1_000)
  .regex(/^(?!\.{1,2}(?:\/|$))[^/\\\0]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[^/\\\0]{1,255}){0,15}$/, 'is not a relative path');

export const runUploadInputs = {
  write: z.strictObject({ upload: uploadIdSchema, data: z.base64().max(200_000) }),
  import: z.strictObject({
    files: z
      .array(z.strictObject({ upload: uploadIdSchema, path: uploadPathSchema }))
      .min(1)
      .max(MOST_UPLOADED_FILES),
    ticket: importTicketSchema,
  }),
  cancel: z.strictObject({ uploads: z.array(uploadIdSchema).max(MOST_UPLOADED_FILES) }),
  ofImport: z.strictObject({ ticket: importTicketSchema }),
} as const;
export type UploadedFiles = z.infer<(typeof runUploadInputs)['import']>;

/** How far an import is. */
export interface ImportProgress {
  /** Files of runs, those done and all. */
  readonly files: readonly [done: number, total: number];
  /** Rows read of the file at hand. */
  readonly rows: number;
}

export interface ImportReport {
  readonly runs: readonly RunId[];
  /** False when the same content had been imported before. */
  readonly changed: boolean;
  readonly notes: readonly string[];
}

export const xAxisSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('step') }),
  /** Seconds since the run's first point. */
  z.strictObject({ kind: z.literal('relative') }),
  /** Milliseconds since 1970, UTC. */
  z.strictObject({ kind: z.literal('time') }),
  /** The value that another metric has at the same row. */
  z.strictObject({ kind: z.literal('metric'), metric: z.string().max(200) }),
]);
export type XAxis = z.infer<typeof xAxisSchema>;

export const SMOOTHING_KINDS = ['twema', 'ema', 'gaussian', 'mean'] as const;
export const smoothingSchema = z.strictObject({
  kind: z.enum(SMOOTHING_KINDS),
  /** 0 is off. Weight of the averages; Gaussian and mean reach `100 * amount` points (standard deviation, half window). */
  amount: z.number().min(0).max(1),
});
export type Smoothing = z.infer<typeof smoothingSchema>;

export const MOST_RUNS_IN_PANEL = 200;
const metricNamesSchema = z.array(z.string().max(200)).min(1).max(16);

export const seriesInputSchema = z.strictObject({
  runs: z.array(runIdSchema).max(MOST_RUNS_IN_PANEL),
  /** Of each run the first of these that it has. */
  metrics: metricNamesSchema,
  x: xAxisSchema,
  xScale: z.enum(['linear', 'log']),
  /** Visible part of the x axis; null is all of it. */
  view: z.tuple([z.number(), z.number()]).nullable(),
  /** Buckets over the visible part; as much again is delivered on either side, for panning. */
  buckets: z.int().min(16).max(4_000),
  smoothing: smoothingSchema,
  /** Also gives the 1st and 99th percentile of the visible values. */
  clip: z.boolean(),
});
export type SeriesInput = z.infer<typeof seriesInputSchema>;

/** Where a point was logged, when the x axis does not say it: the step, and milliseconds since 1970 or since the run's start. */
export const MOMENT_COLUMNS = ['step', 'time'] as const;
export type MomentColumn = (typeof MOMENT_COLUMNS)[number];

export interface SeriesData {
  readonly run: RunId;
  readonly metric: string;
  /**
   * Columns one after another, each of `length` little-endian Float64, in base64. Exact: x, value, smoothed.
   * Otherwise per bucket: x of its last point, least, greatest and last value, smoothed value at its last point.
   * Then those of `moments`, of the same point.
   */
  readonly columns: string;
  readonly moments: readonly MomentColumn[];
  /** First time of the run, milliseconds since 1970, or 0 where its times count from there; null without times. */
  readonly startTime: number | null;
  readonly length: number;
  readonly exact: boolean;
  /** Most points behind one bucket. */
  readonly perBucket: number;
  /** Of the points in view: all, non-finite, and zero or less. */
  readonly visible: number;
  readonly nonFinite: number;
  readonly nonPositive: number;
}

export interface PanelData {
  readonly series: readonly SeriesData[];
  /** First and last x over all points of the runs asked for; null without points. */
  readonly domain: readonly [number, number] | null;
  /** Least and greatest finite value in view; null without any. */
  readonly values: readonly [number, number] | null;
  /** 1st and 99th percentile in view, and how many points lie beyond them; null when not asked for or nothing in view. */
  readonly clip: { readonly low: number; readonly high: number; readonly beyond: number } | null;
}

/** A part of one x axis, to be found again on another. */
export const mapViewInputSchema = z.strictObject({
  runs: z.array(runIdSchema).max(MOST_RUNS_IN_PANEL),
  from: xAxisSchema,
  to: xAxisSchema,
  view: z.tuple([z.number(), z.number()]),
});
export type MapViewInput = z.infer<typeof mapViewInputSchema>;

export const PANEL_EXPORT_FORMATS = ['csv', 'json'] as const;
export const panelExportInputSchema = z.strictObject({
  format: z.enum(PANEL_EXPORT_FORMATS),
  /** Of the panel, for a format that names it. */
  title: z.string().max(200),
  runs: z.array(runIdSchema).min(1).max(MOST_RUNS_IN_PANEL),
  metrics: metricNamesSchema,
  x: xAxisSchema,
  view: z.tuple([z.number(), z.number()]).nullable(),
  /** From the page before; 0 starts. */
  cursor: z.int().min(0),
});
export type PanelExportInput = z.infer<typeof panelExportInputSchema>;

export interface PanelExportPage {
  /** The pages one after another are the file. */
  readonly text: string;
  /** Cursor of the next page, null after the last. */
  readonly next: number | null;
}

export const RESULT_MEASURES = ['overall_reward', 'env_step_reward', 'threat_awareness', 'action_stability'] as const;
/** `action_stability` is the mean KL divergence to the policy that reinforcement started from, in nats; lower is steadier. */
export type ResultMeasure = (typeof RESULT_MEASURES)[number];

/** The untrained model, the one that reinforcement started from, and what it made of it. */
export const RESULT_MODELS = ['baseline', 'warm_start', 'trained'] as const;
export type ResultModel = (typeof RESULT_MODELS)[number];

export interface ResultFigure {
  readonly value: number;
  /** What was measured, in words; names in it come from the files. */
  readonly source: string;
}

/** What the models of a group reached on one set of messages, or on the phases together. */
export interface EvaluatedSuite {
  /** Untrusted text. */
  readonly on: string;
  /** Of the curriculum; null for a suite of none, and for all phases together. */
  readonly phase: Phase | null;
  /** Messages; null where the files do not say. */
  readonly rows: number | null;
  /** Null where the files hold no such figure. */
  readonly figures: { readonly [M in ResultMeasure]: { readonly [K in ResultModel]: ResultFigure | null } };
}

/** A curve's first tenth against its last. */
export interface CurveResult {
  readonly measure: ResultMeasure;
  /** Stage, untrusted text. */
  readonly on: string;
  readonly start: ResultFigure;
  readonly end: ResultFigure;
}

export interface GroupResults {
  readonly group: string;
  /** What the run's summary says of it, untrusted text; null when it says nothing. */
  readonly note: string | null;
  /** All phases together first; empty for runs that were never evaluated. */
  readonly suites: readonly EvaluatedSuite[];
  readonly curves: readonly CurveResult[];
}

/** Raised by one with every import, removal and growth. */
export interface RunsRevision {
  readonly revision: number;
}
