import type { Smoothing } from '../../../contract/runs.ts';

/** Averages forget by this scale of the x range, so that a weight looks alike on runs of any length. */
const TIME_SCALE = 1_000;
const HEAVIEST_WEIGHT = 0.999;
/** Points that an amount of 1 reaches: standard deviation of the Gaussian, half window of the mean. */
export const WIDEST_REACH = 100;
/** From here on five box filters stand in for the Gaussian; their error is under 4% of its peak. */
const EXACT_SIGMA = 4;

/**
 * Smooths the values of a series whose x ascends. Gaps (non-finite values) stay gaps and are left out of every average; the
 * start is debiased. An amount of 0 returns the values themselves.
 */
export function smooth(x: Float64Array, values: Float64Array, { kind, amount }: Smoothing): Float64Array {
  if (amount <= 0 || values.length === 0 || isConstant(values)) return values;
  switch (kind) {
    case 'twema':
      return timeWeighted(x, values, Math.min(Math.sqrt(amount), HEAVIEST_WEIGHT));
    case 'ema':
      return exponential(values, Math.min(amount, HEAVIEST_WEIGHT));
    case 'gaussian':
      return gaussian(values, amount * WIDEST_REACH);
    case 'mean':
      return restoreGaps(values, boxes(values, [Math.round(amount * WIDEST_REACH)]));
  }
}

/** Rounding would make a constant waver. */
function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

/** The debiased average of TensorBoard: each value weighs `weight` times as much as the one after it. */
function exponential(values: Float64Array, weight: number): Float64Array {
  const smoothed = new Float64Array(values.length);
  let sum = 0;
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) {
      smoothed[index] = value;
      continue;
    }
    sum = sum * weight + value;
    total = total * weight + 1;
    smoothed[index] = sum / total;
  }
  return smoothed;
}

/** The average of wandb: the weight of the past falls with the distance in x. */
function timeWeighted(x: Float64Array, values: Float64Array, weight: number): Float64Array {
  const smoothed = new Float64Array(values.length);
  const range = (x.at(-1) as number) - (x[0] as number);
  let sum = 0;
  let total = 0;
  let before = x[0] as number;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) {
      smoothed[index] = value;
      continue;
    }
    const at = x[index] as number;
    const decay = range > 0 ? weight ** (((at - before) / range) * TIME_SCALE) : 1;
    before = at;
    sum = sum * decay + value;
    total = total * decay + 1;
    smoothed[index] = sum / total;
  }
  return smoothed;
}

function gaussian(values: Float64Array, sigma: number): Float64Array {
  if (sigma > EXACT_SIGMA) return restoreGaps(values, boxes(values, boxRadii(sigma, 5)));
  const reach = Math.ceil(sigma * 3);
  const kernel = Float64Array.from({ length: reach + 1 }, (_, distance) => Math.exp(-(distance ** 2) / (2 * sigma ** 2)));
  const smoothed = new Float64Array(values.length);
  for (let index = 0; index < values.length; index += 1) {
    let sum = 0;
    let total = 0;
    for (let other = Math.max(0, index - reach); other <= Math.min(values.length - 1, index + reach); other += 1) {
      const value = values[other] as number;
      if (!Number.isFinite(value)) continue;
      const weight = kernel[Math.abs(other - index)] as number;
      sum += value * weight;
      total += weight;
    }
    smoothed[index] = sum / total;
  }
  return restoreGaps(values, smoothed);
}

/** Radii of box filters that together spread by `sigma`. */
function boxRadii(sigma: number, passes: number): number[] {
  const ideal = Math.sqrt((12 * sigma ** 2) / passes + 1);
  const lower = Math.floor((ideal - 1) / 2) * 2 + 1;
  const narrow = Math.round((12 * sigma ** 2 - passes * lower ** 2 - 4 * passes * lower - 3 * passes) / (-4 * lower - 4));
  return Array.from({ length: passes }, (_, pass) => ((pass < narrow ? lower : lower + 2) - 1) / 2);
}

/** Box filters one after another over values and their presence alike, so that gaps and the ends weigh nothing. */
function boxes(values: Float64Array, radii: readonly number[]): Float64Array {
  // Sums of large values lose the small ones, so the mean is taken out first.
  const finite = values.filter((value) => Number.isFinite(value));
  const centre = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length);
  let sums = Float64Array.from(values, (value) => (Number.isFinite(value) ? value - centre : 0));
  let presence = Float64Array.from(values, (value) => (Number.isFinite(value) ? 1 : 0));
  for (const radius of radii) {
    sums = box(sums, radius);
    presence = box(presence, radius);
  }
  return sums.map((sum, index) => sum / (presence[index] as number) + centre);
}

function box(values: Float64Array<ArrayBuffer>, radius: number): Float64Array<ArrayBuffer> {
  const prefix = new Float64Array(values.length + 1);
  for (let index = 0; index < values.length; index += 1) prefix[index + 1] = (prefix[index] as number) + (values[index] as number);
  return values.map((_, index) => {
    const from = Math.max(0, index - radius);
    const to = Math.min(values.length, index + radius + 1);
    return (prefix[to] as number) - (prefix[from] as number);
  });
}

function restoreGaps(values: Float64Array, smoothed: Float64Array): Float64Array {
  return smoothed.map((value, index) => (Number.isFinite(values[index]) ? value : (values[index] as number)));
}
