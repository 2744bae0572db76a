/** A series on its x axis, x ascending and finite. */
export interface Curve {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly smoothed: Float64Array;
  /** Further columns, of which the last point of each bucket is kept. */
  readonly more?: readonly Float64Array[];
}

export interface Decimated {
  /** One column after another, each of `length`: exact: x, y, smoothed; else x, least, greatest, last, smoothed; then any further ones. */
  readonly columns: Float64Array;
  readonly length: number;
  readonly exact: boolean;
  readonly perBucket: number;
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

/**
 * Reduces the part of a curve between two x to what `buckets` columns of a picture can show. Buckets are 2^k wide (of x, or of
 * log10 x) and lie on a fixed grid, so points stand still while the view moves. Each keeps its least, greatest and last finite
 * value: no spike is lost. One point beyond either end is kept, for the line to leave the picture. Where there are no more than
 * two points a bucket, all are delivered as they are.
 */
export function decimate(
  { x, y, smoothed, more = [] }: Curve,
  [from, to]: readonly [number, number],
  buckets: number,
  log: boolean,
): Decimated {
  const low = Math.max(0, lowerBound(x, from) - 1);
  const high = Math.min(x.length, lowerBound(x, to) + 1);
  const count = Math.max(0, high - low);
  if (count <= buckets * 2) {
    const columns = new Float64Array(count * (3 + more.length));
    for (const [index, column] of [x, y, smoothed, ...more].entries()) columns.set(column.subarray(low, high), count * index);
    return { columns, length: count, exact: true, perBucket: 1 };
  }
  const scale = log ? Math.log10 : (value: number) => value;
  const width = 2 ** Math.ceil(Math.log2((scale(to) - scale(from)) / buckets));
  const rows: number[] = [];
  const wide = 5 + more.length;
  let perBucket = 0;
  let start = low;
  while (start < high) {
    const bucket = Math.floor(scale(x[start] as number) / width);
    let end = start + 1;
    while (end < high && Math.floor(scale(x[end] as number) / width) === bucket) end += 1;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    let last = -1;
    for (let index = start; index < end; index += 1) {
      const value = y[index] as number;
      if (!Number.isFinite(value)) continue;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      last = index;
    }
    if (last < 0) rows.push(x[end - 1] as number, Number.NaN, Number.NaN, Number.NaN, Number.NaN);
    else rows.push(x[last] as number, least, greatest, y[last] as number, smoothed[last] as number);
    for (const column of more) rows.push(column[last < 0 ? end - 1 : last] as number);
    perBucket = Math.max(perBucket, end - start);
    start = end;
  }
  const length = rows.length / wide;
  const columns = new Float64Array(rows.length);
  for (let row = 0; row < length; row += 1) {
    for (let column = 0; column < wide; column += 1) columns[column * length + row] = rows[row * wide + column] as number;
  }
  return { columns, length, exact: false, perBucket };
}
