import { MIX_SOURCES, normalisedShares, type MixShares, type MixSource } from '../../../contract/corpora.ts';
import { sourceOfGroup } from './mixedPool.ts';

/** Rows that each source gave so far. */
export type SourceCounts = { readonly [S in MixSource]: number };

/**
 * Lets rows of each source through up to its share of `count`, so that the shares hold for rows and not only for draws:
 * a message drawn for a corpus that holds none of its text is no row of it.
 */
export class MixQuotas {
  private readonly left: Record<MixSource, number>;
  private readonly given: Record<MixSource, number> = { generated: 0, witfoo: 0, fenrir: 0, nist: 0 };

  constructor(shares: MixShares, count: number) {
    this.left = wholeShares(shares, count);
  }

  /** True when a row of this group may still come. */
  admits(group: string): boolean {
    const { source, frame } = sourceOfGroup(group);
    return !frame && this.left[source] > 0;
  }

  /** Notes a row that was written. */
  take(group: string): void {
    const { source } = sourceOfGroup(group);
    this.left[source]--;
    this.given[source]++;
  }

  get counts(): SourceCounts {
    return { ...this.given };
  }
}

/** Whole numbers that sum to `count`; the largest remainders are rounded up. */
function wholeShares(shares: MixShares, count: number): Record<MixSource, number> {
  const normal = normalisedShares(shares);
  const exact = MIX_SOURCES.map((source) => ({ source, value: normal[source] * count }));
  const whole = Object.fromEntries(exact.map(({ source, value }) => [source, Math.floor(value)])) as Record<MixSource, number>;
  let missing = count - MIX_SOURCES.reduce((sum, source) => sum + whole[source], 0);
  for (const { source } of exact.toSorted((a, b) => (b.value % 1) - (a.value % 1))) {
    if (missing <= 0) break;
    whole[source]++;
    missing--;
  }
  return whole;
}
