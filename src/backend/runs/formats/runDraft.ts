import type { JsonValue } from '../../../contract/json.ts';
import { flatten, isObject, metricValue } from './extendedJson.ts';

/** What a file may hold at most; what lies beyond is left out and said in a note. */
export const LIMITS = {
  runs: 500,
  metrics: 2_000,
  keyLength: 200,
  nameLength: 200,
  configEntries: 2_000,
  configValueLength: 2_000,
  pointsPerMetric: 5_000_000,
} as const;

/** Points not yet stored: rows of (step, time in milliseconds since 1970 or since the run's start, value). */
export interface PendingPoints {
  readonly steps: number[];
  readonly times: number[];
  readonly values: number[];
}

export type EndState = 'finished' | 'failed' | null;

/** A row of metrics at one step. `time` is in milliseconds, NaN where the source has none. */
export interface MetricRow {
  readonly step: number;
  readonly time: number;
  readonly metrics: Iterable<readonly [name: string, value: JsonValue]>;
}

/** One run while it is read: what importers write into, and what the store takes out of. */
export class RunDraft {
  /** Tells the runs of one source apart. */
  readonly key: string;
  name: string;
  /** Flat, in the order of arrival. */
  readonly config = new Map<string, JsonValue>();
  readonly summary = new Map<string, JsonValue>();
  startedAt: string | null = null;
  end: EndState = null;
  rows = 0;
  private readonly counts = new Map<string, number>();
  private pending = new Map<string, PendingPoints>();
  private readonly leftOut = new Map<string, number>();

  constructor(key: string, name: string) {
    this.key = key;
    this.name = clipText(name === '' ? key : name, LIMITS.nameLength);
  }

  addRow({ step, time, metrics }: MetricRow): void {
    this.rows += 1;
    for (const [name, value] of metrics) this.addValue(name, value, step, time, 0);
  }

  /** Merges nested entries into the configuration. */
  addConfig(entries: { readonly [key: string]: JsonValue }): void {
    this.merge(this.config, entries, 'configuration entries');
  }

  addSummary(entries: { readonly [key: string]: JsonValue }): void {
    this.merge(this.summary, entries, 'summary entries');
  }

  /** Counts something that the file holds and the run cannot take. */
  leaveOut(what: string, count = 1): void {
    this.leftOut.set(what, (this.leftOut.get(what) ?? 0) + count);
  }

  notes(): string[] {
    return [...this.leftOut].map(([what, count]) => `${count} ${what} left out.`);
  }

  /** Points since the last call. */
  takePending(): ReadonlyMap<string, PendingPoints> {
    const taken = this.pending;
    this.pending = new Map();
    return taken;
  }

  private addValue(name: string, value: JsonValue, step: number, time: number, depth: number): void {
    if (name.length > LIMITS.keyLength) {
      this.leaveOut(`values with names over ${LIMITS.keyLength} characters`);
      return;
    }
    if (isObject(value) && !('_type' in value) && depth < 4) {
      for (const [key, child] of Object.entries(value)) this.addValue(`${name}.${key}`, child, step, time, depth + 1);
      return;
    }
    const number = metricValue(value);
    if (number === null) {
      if (value !== null) this.leaveOut('values that are not numbers');
      return;
    }
    const count = this.counts.get(name) ?? 0;
    if (count === 0 && this.counts.size >= LIMITS.metrics) {
      this.leaveOut(`values beyond ${LIMITS.metrics} metrics`);
      return;
    }
    if (count >= LIMITS.pointsPerMetric) {
      this.leaveOut(`values beyond ${LIMITS.pointsPerMetric} per metric`);
      return;
    }
    this.counts.set(name, count + 1);
    let points = this.pending.get(name);
    if (points === undefined) this.pending.set(name, (points = { steps: [], times: [], values: [] }));
    points.steps.push(step);
    points.times.push(time);
    points.values.push(number);
  }

  private merge(target: Map<string, JsonValue>, entries: { readonly [key: string]: JsonValue }, what: string): void {
    for (const [key, value] of flatten(entries, LIMITS.configEntries + 1)) {
      if (key.length > LIMITS.keyLength || (!target.has(key) && target.size >= LIMITS.configEntries)) this.leaveOut(what);
      else target.set(key, typeof value === 'string' ? clipText(value, LIMITS.configValueLength) : clipValue(value));
    }
  }
}

function clipText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function clipValue(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length <= LIMITS.configValueLength ? value : clipText(text, LIMITS.configValueLength);
}
