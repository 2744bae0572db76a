import { SCALES, type ScaleKind } from './scale.ts';

export type Range = readonly [from: number, to: number];

/** A range of its own width for a single value. */
export function widened([from, to]: Range): Range {
  return to > from ? [from, to] : [from - 0.5, to + 0.5];
}

/** Where a share of the plot's width, 0 left to 1 right, lies on the x axis. */
export function valueAt([from, to]: Range, scale: ScaleKind, share: number): number {
  const { forward, inverse } = SCALES[scale];
  return inverse(forward(from) + (forward(to) - forward(from)) * share);
}

/** Where a value lies across the plot, 0 left to 1 right; NaN where the scale has no place for it. */
export function shareOf([from, to]: Range, scale: ScaleKind, x: number): number {
  const { forward } = SCALES[scale];
  return (forward(x) - forward(from)) / (forward(to) - forward(from));
}

/** The range moved by a share of its width, to the right for positive shares. */
export function panned(range: Range, scale: ScaleKind, share: number): Range {
  return [valueAt(range, scale, share), valueAt(range, scale, 1 + share)];
}

/** The range `factor` times as wide, with the place at `share` kept where it is. */
export function zoomed(range: Range, scale: ScaleKind, factor: number, share: number): Range {
  return [valueAt(range, scale, share * (1 - factor)), valueAt(range, scale, share + (1 - share) * factor)];
}

/** False for what cannot be drawn: nothing between the ends that numbers can tell apart. */
export function isUsable([from, to]: Range, scale: ScaleKind): boolean {
  if (!Number.isFinite(from) || !Number.isFinite(to) || (scale === 'log' && from <= 0)) return false;
  return to - from > Math.max(Math.abs(from), Math.abs(to)) * 1e-9;
}
