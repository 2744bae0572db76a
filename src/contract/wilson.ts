/** A proportion with its confidence interval, all 0..1. */
export interface Rate {
  readonly successes: number;
  readonly trials: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** 0.975 quantile of the standard normal distribution, for two-sided 95% intervals. */
export const Z_95 = 1.959963984540054;

/**
 * Wilson score interval of a binomial proportion; null when there were no trials.
 * Wilson, E. B. (1927), J. Am. Stat. Assoc. 22, 209-212.
 *
 * @throws RangeError unless 0 <= successes <= trials, both integers.
 */
export function wilson(successes: number, trials: number, z: number = Z_95): Rate | null {
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || successes < 0 || successes > trials) {
    throw new RangeError(`expected integers 0 <= successes <= trials, got ${successes} of ${trials}`);
  }
  if (trials === 0) return null;
  const rate = successes / trials;
  const z2 = z * z;
  const scale = 1 + z2 / trials;
  const centre = (rate + z2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials * trials));
  // At the ends the bound is exactly 0 or 1; rounding must not push it past the rate.
  return {
    successes,
    trials,
    rate,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
  };
}
