type Point = readonly [step: number, reward: number];

const MOST_POINTS = 2_000;

/**
 * Cumulative reward over a lane's steps in at most 2,000 points: whenever they are used up, every
 * second one goes and the stride doubles. The latest point is always there.
 */
export class RewardCurve {
  private points: Point[] = [];
  private stride = 1;
  private latest: Point | null = null;

  add(reward: number): void {
    const step: number = (this.latest?.[0] ?? 0) + 1;
    this.latest = [step, (this.latest?.[1] ?? 0) + reward];
    if (step % this.stride === 0) this.points.push(this.latest);
    if (this.points.length < MOST_POINTS) return;
    this.stride *= 2;
    this.points = this.points.filter(([kept]) => kept % this.stride === 0);
  }

  /** [step from 1, cumulative reward], ascending. */
  snapshot(): readonly Point[] {
    return this.latest === null || this.points.at(-1) === this.latest ? [...this.points] : [...this.points, this.latest];
  }
}
