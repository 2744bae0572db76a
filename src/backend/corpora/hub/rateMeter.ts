const SPAN_MS = 5_000;

/** Counts a second over the last five seconds. */
export class RateMeter {
  private readonly now: () => number;
  /** Moments with the counts that were added then, oldest first. */
  private marks: { readonly at: number; readonly count: number }[] = [];
  private begun: number | null = null;

  /** @param now milliseconds from an arbitrary origin */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  add(count: number): void {
    const at = this.now();
    this.begun ??= at;
    const last = this.marks.at(-1);
    // A mark for each tenth of a second is exact enough and keeps the list short.
    if (last !== undefined && at - last.at < 100) this.marks[this.marks.length - 1] = { at: last.at, count: last.count + count };
    else this.marks.push({ at, count });
  }

  /** 0 when nothing was added during the span. */
  get perSecond(): number {
    const at = this.now();
    this.marks = this.marks.filter((mark) => at - mark.at <= SPAN_MS);
    if (this.marks.length === 0 || this.begun === null) return 0;
    const span = Math.max(100, Math.min(SPAN_MS, at - this.begun));
    return (this.marks.reduce((sum, mark) => sum + mark.count, 0) * 1_000) / span;
  }
}
