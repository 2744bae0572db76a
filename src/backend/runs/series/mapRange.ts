import { lowerBound } from './decimate.ts';
import type { AxisPoints } from './xColumn.ts';

type Places = Pick<AxisPoints, 'x' | 'step'>;

/**
 * Where a part of one axis lies on another, by the steps that both have. Between two points, and at the ends, steps are taken to
 * lie evenly. Null when the part holds nothing of the run, or the other axis has no place for it.
 */
export function mapRange(before: Places, after: Places, [from, to]: readonly [number, number]): readonly [number, number] | null {
  if (before.x.length === 0 || after.x.length === 0) return null;
  if (to < (before.x[0] as number) || from > (before.x.at(-1) as number)) return null;
  const steps = [from, to].map((x) => along(before.x, before.step, x));
  const bySteps = sortedBySteps(after);
  const places = steps.map((step) => along(bySteps.step, bySteps.x, step));
  const [start, end] = [Math.min(...places), Math.max(...places)];
  return Number.isFinite(start) && Number.isFinite(end) ? [start, end] : null;
}

/** The value at `at` of a line through points of ascending `x`; that of the nearest end beyond them. */
function along(x: Float64Array, values: Float64Array, at: number): number {
  const index = lowerBound(x, at);
  if (index === 0) return values[0] as number;
  if (index >= x.length) return values.at(-1) as number;
  const [left, right] = [x[index - 1] as number, x[index] as number];
  const share = right > left ? (at - left) / (right - left) : 1;
  return (values[index - 1] as number) + ((values[index] as number) - (values[index - 1] as number)) * share;
}

function sortedBySteps({ x, step }: Places): Places {
  const order = Uint32Array.from(step.keys()).sort((a, b) => (step[a] as number) - (step[b] as number) || a - b);
  return { x: Float64Array.from(order, (index) => x[index] as number), step: Float64Array.from(order, (index) => step[index] as number) };
}
