import type { PanelData, RunId, SeriesData } from '../../contract/runs.ts';

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
}

export interface DecodedPanel extends Omit<PanelData, 'series'> {
  readonly curves: readonly CurveData[];
  readonly visible: number;
  readonly nonFinite: number;
  readonly nonPositive: number;
}

/** @throws RangeError when the columns are not as long as they say */
export function decodeSeries({ run, metric, columns, length, exact, perBucket }: SeriesData): CurveData {
  const bytes = fromBase64(columns);
  const column = (index: number): Float64Array => new Float64Array(bytes.buffer, index * length * 8, length);
  const [x, second] = [column(0), column(1)];
  if (exact) return { run, metric, x, y: second, min: second, max: second, smoothed: column(2), exact, perBucket };
  return { run, metric, x, min: second, max: column(2), y: column(3), smoothed: column(4), exact, perBucket };
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

/** Index of the point nearest to `x`; null where the curve has not begun or has ended. */
export function nearestIndex({ x }: Pick<CurveData, 'x'>, at: number): number | null {
  if (x.length === 0 || at < (x[0] as number) || at > (x.at(-1) as number)) return null;
  const after = lowerBound(x, at);
  if (after === 0) return 0;
  return at - (x[after - 1] as number) <= (x[after] as number) - at ? after - 1 : after;
}
