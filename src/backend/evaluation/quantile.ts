/**
 * Sample quantile by linear interpolation of order statistics (type 7 of Hyndman and Fan, 1996); null for an empty sample.
 *
 * @throws RangeError unless 0 <= q <= 1.
 */
export function quantile(sample: readonly number[], q: number): number | null {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`q must lie within 0..1, got ${q}`);
  if (sample.length === 0) return null;
  const sorted = [...sample].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

/** Arithmetic mean; null for an empty sample. */
export function mean(sample: readonly number[]): number | null {
  return sample.length === 0 ? null : sample.reduce((sum, value) => sum + value, 0) / sample.length;
}
