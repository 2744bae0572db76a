import type { MomentColumn, PanelData, RunId, SeriesData, XAxis } from '../../contract/runs.ts';

/** A curve as it came: exact points, or buckets with their least, greatest and last value. */
export interface CurveData {
  readonly run: RunId;
  readonly metric: string;
  readonly x: Float64Array;
  /** The value, or the last of the bucket. */
  readonly y: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly smoothed: Float64Array;
  readonly exact: boolean;
  readonly perBucket: number;
  /** Of the points where they are known otherwise than by x: the step, and milliseconds since 1970 or the run's start. */
  readonly step: Float64Array | null;
  readonly time: Float64Array | null;
  /** First time of the run, as `time` counts; null without times. */
  readonly startTime: number | null;
}

export interface DecodedPanel extends Omit<PanelData, 'series'> {
  readonly curves: readonly CurveData[];
  readonly visible: number;
  readonly nonFinite: number;
  readonly nonPositive: number;
}

/** @throws RangeError when the columns are not as long as they say */
export function decodeSeries({ run, metric, columns, length, exact, perBucket, moments, startTime }: SeriesData): CurveData {
  const bytes = fromBase64(columns);
  const column = (index: number): Float64Array => new Float64Array(bytes.buffer, index * length * 8, length);
  const [x, second] = [column(0), column(1)];
  const moment = (name: MomentColumn): Float64Array | null => {
    const at = moments.indexOf(name);
    return at < 0 ? null : column((exact ? 3 : 5) + at);
  };
  const common = { run, metric, x, exact, perBucket, step: moment('step'), time: moment('time'), startTime };
  if (exact) return { ...common, y: second, min: second, max: second, smoothed: column(2) };
  return { ...common, min: second, max: column(2), y: column(3), smoothed: column(4) };
}

/** By a loop: a callback for each of a million characters is what a person would notice. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

export function decodePanel({ series, ...rest }: PanelData): DecodedPanel {
  const sum = (of: (data: SeriesData) => number): number => series.reduce((total, data) => total + of(data), 0);
  return {
    ...rest,
    curves: series.map(decodeSeries),
    visible: sum(({ visible }) => visible),
    nonFinite: sum(({ nonFinite }) => nonFinite),
    nonPositive: sum(({ nonPositive }) => nonPositive),
  };
}

/** First index whose x is `bound` or more. */
export function lowerBound(x: Float64Array, bound: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** When a point was logged: its step, the seconds since the run's start and milliseconds since 1970, each null where unknown. */
export interface Moment {
  readonly step: number | null;
  readonly seconds: number | null;
  readonly wall: number | null;
}

/** The year 1973: times before it count from a run's own start. */
const EARLIEST_WALL_MS = 1e11;

export function momentAt(
  { x, step, time, startTime }: Pick<CurveData, 'x' | 'step' | 'time' | 'startTime'>,
  index: number,
  axis: XAxis['kind'],
): Moment {
  const at = x[index] ?? Number.NaN;
  const start = startTime ?? Number.NaN;
  const logged = axis === 'time' ? at : axis === 'relative' ? start + at * 1_000 : (time?.[index] ?? Number.NaN);
  const known = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : value);
  return {
    step: known(axis === 'step' ? at : step?.[index]),
    seconds: known((logged - start) / 1_000),
    wall: logged >= EARLIEST_WALL_MS ? known(logged) : null,
  };
}

/** Index of the point nearest to `x`; null where the curve has not begun or has ended. */
export function nearestIndex({ x }: Pick<CurveData, 'x'>, at: number): number | null {
  if (x.length === 0 || at < (x[0] as number) || at > (x.at(-1) as number)) return null;
  const after = lowerBound(x, at);
  if (after === 0) return 0;
  return at - (x[after - 1] as number) <= (x[after] as number) - at ? after - 1 : after;
}
