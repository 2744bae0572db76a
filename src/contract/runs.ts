import { z } from 'zod';

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

export const importInputSchema = z.strictObject({
  /** Absolute path of a file or folder on the machine of the backend. */
  path: z.string().min(1).max(4_096),
  /** Reads on as the file grows. */
  follow: z.boolean(),
});
export type ImportInput = z.infer<typeof importInputSchema>;

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

const MOST_RUNS_IN_PANEL = 200;
const metricNamesSchema = z.array(z.string().max(200)).min(1).max(16);

export const seriesInputSchema = z.strictObject({
  runs: z.array(runIdSchema).max(MOST_RUNS_IN_PANEL),
  /** Of each run the first of these that it has. */
  metrics: metricNamesSchema,
  x: xAxisSchema,
  xScale: z.enum(['linear', 'log']),
  /** Visible part of the x axis; null is all of it. */
  view: z.tuple([z.number(), z.number()]).nullable(),
  /** Buckets over the visible part; as much again is delivered beside it, for panning. */
  buckets: z.int().min(16).max(4_000),
  smoothing: smoothingSchema,
  /** Also gives the 1st and 99th percentile of the visible values. */
  clip: z.boolean(),
});
export type SeriesInput = z.infer<typeof seriesInputSchema>;

export interface SeriesData {
  readonly run: RunId;
  readonly metric: string;
  /**
   * Columns one after another, each of `length` little-endian Float64, in base64. Exact: x, value, smoothed.
   * Otherwise per bucket: x of its last point, least, greatest and last value, smoothed value at its last point.
   */
  readonly columns: string;
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

export const csvInputSchema = z.strictObject({
  runs: z.array(runIdSchema).min(1).max(MOST_RUNS_IN_PANEL),
  metrics: metricNamesSchema,
  x: xAxisSchema,
  view: z.tuple([z.number(), z.number()]).nullable(),
  /** From the page before; 0 starts. */
  cursor: z.int().min(0),
});
export type CsvInput = z.infer<typeof csvInputSchema>;

export interface CsvPage {
  /** Whole lines; the first page starts with the heading. */
  readonly text: string;
  /** Cursor of the next page, null after the last. */
  readonly next: number | null;
}

/** One figure of the results: the untrained or starting model against the trained one. */
export interface ResultRow {
  readonly measure: 'overall_reward' | 'env_step_reward' | 'threat_awareness' | 'action_stability';
  readonly baseline: number | null;
  readonly trained: number | null;
  /** What was measured, and on what, in words; names in it come from the files. */
  readonly baselineSource: string;
  readonly trainedSource: string;
  /** Suite or stage, untrusted text. */
  readonly on: string;
}

export interface GroupResults {
  readonly group: string;
  readonly rows: readonly ResultRow[];
}

/** Raised by one with every import, removal and growth. */
export interface RunsRevision {
  readonly revision: number;
}
