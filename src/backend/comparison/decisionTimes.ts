/** Bin edges grow by 0.5%, so a percentile is at most 0.25% off. */
const GROWTH = Math.log(1.005);
const SMALLEST_MS = 0.001;
const LARGEST_MS = 3_600_000;
const BINS = Math.ceil(Math.log(LARGEST_MS / SMALLEST_MS) / GROWTH) + 1;

/** Percentiles of decision times in constant memory, however long a comparison runs: a histogram with logarithmic bins. */
export class DecisionTimes {
  private readonly bins = new Uint32Array(BINS);
  private count = 0;

  /** @param ms at least 0; outside 1 µs to 1 h it counts as the nearest of the two */
  add(ms: number): void {
    const clamped = Math.min(LARGEST_MS, Math.max(SMALLEST_MS, ms));
    const bin = Math.floor(Math.log(clamped / SMALLEST_MS) / GROWTH);
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
    this.count++;
  }

  /** Nearest-rank percentiles in milliseconds; null before the first decision. */
  percentiles(): { readonly p50: number; readonly p95: number } | null {
    return this.count === 0 ? null : { p50: this.percentile(0.5), p95: this.percentile(0.95) };
  }

  private percentile(share: number): number {
    const rank = Math.ceil(share * this.count);
    let seen = 0;
    for (let bin = 0; bin < BINS; bin++) {
      seen += this.bins[bin] ?? 0;
      if (seen >= rank) return SMALLEST_MS * Math.exp((bin + 0.5) * GROWTH);
    }
    return LARGEST_MS;
  }
}
