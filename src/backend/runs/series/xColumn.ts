import type { XAxis } from '../../../contract/runs.ts';
import type { SeriesPoints } from '../store/runStore.ts';
import { lowerBound } from './decimate.ts';

/** Times below this are seconds since a run's start, not since 1970: it is the year 1973. */
const EARLIEST_WALL_MS = 1e11;

export function isWallTime(time: number): boolean {
  return time >= EARLIEST_WALL_MS;
}

export interface AxisPoints {
  /** Ascending, finite. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Where the points were logged. */
  readonly step: Float64Array;
  /** Milliseconds since 1970 or since the run's start; NaN without times. */
  readonly time: Float64Array;
}

/**
 * Puts a series on an axis, ascending by x; points without a place there are left out. Points at the same x keep the order in
 * which they were logged. @param startTime first time of the run, milliseconds; @param axisMetric the metric of a custom axis
 */
export function onAxis(points: SeriesPoints, axis: XAxis, startTime: number | null, axisMetric: SeriesPoints | null): AxisPoints {
  const x = rawColumn(points, axis, startTime, axisMetric);
  if (isAscending(x)) return { x, y: points.values, step: points.steps, time: points.times };
  const kept: number[] = [];
  let ascending = true;
  for (let index = 0; index < x.length; index += 1) {
    if (!Number.isFinite(x[index])) continue;
    const before = kept.at(-1);
    if (before !== undefined && (x[index] as number) < (x[before] as number)) ascending = false;
    kept.push(index);
  }
  if (!ascending) kept.sort((a, b) => (x[a] as number) - (x[b] as number) || a - b);
  const order = Uint32Array.from(kept);
  return {
    x: Float64Array.from(order, (index) => x[index] as number),
    y: Float64Array.from(order, (index) => points.values[index] as number),
    step: Float64Array.from(order, (index) => points.steps[index] as number),
    time: Float64Array.from(order, (index) => points.times[index] as number),
  };
}

/** Finite, and none less than the one before: as almost every run logs. */
function isAscending(x: Float64Array): boolean {
  for (let index = 0; index < x.length; index += 1) {
    if (!Number.isFinite(x[index]) || (index > 0 && (x[index] as number) < (x[index - 1] as number))) return false;
  }
  return true;
}

function rawColumn(points: SeriesPoints, axis: XAxis, startTime: number | null, axisMetric: SeriesPoints | null): Float64Array {
  switch (axis.kind) {
    case 'step':
      return points.steps;
    case 'relative': {
      const first = startTime ?? Number.NaN;
      const start = isWallTime(first) ? first : 0;
      return points.times.map((time) => (time - start) / 1_000);
    }
    case 'time':
      return points.times.map((time) => (isWallTime(time) ? time : Number.NaN));
    case 'metric':
      return axisMetric === null ? points.steps.map(() => Number.NaN) : joinBySteps(points.steps, axisMetric);
  }
}

/** For each step the value that the other metric has there, or had last before. */
function joinBySteps(steps: Float64Array, other: SeriesPoints): Float64Array {
  const order = Uint32Array.from(other.steps.keys()).sort((a, b) => (other.steps[a] as number) - (other.steps[b] as number) || a - b);
  const sorted = Float64Array.from(order, (index) => other.steps[index] as number);
  return steps.map((step) => {
    let at = lowerBound(sorted, step);
    while (at < sorted.length && sorted[at] === step) at += 1;
    const index = order[at - 1];
    return index === undefined ? Number.NaN : (other.values[index] as number);
  });
}
