import { describe, expect, it } from 'vitest';
import { SeriesCache } from './seriesCache.ts';

const MIB = 1024 ** 2;

function column(bytes: number, value = 0): Float64Array {
  return new Float64Array(bytes / 8).fill(value);
}

describe('the cache of series', () => {
  it('drops what was used longest ago, and counts a column that several hold once', () => {
    const cache = new SeriesCache();
    let made = 0;
    const ask = (key: string, columns: () => Readonly<Record<string, Float64Array>>) =>
      cache.get(key, () => {
        made += 1;
        return columns();
      });
    const steps = column(100 * MIB);
    for (const key of ['a', 'b', 'c', 'd']) ask(key, () => ({ x: steps, step: steps, y: column(30 * MIB) }));
    for (const key of ['a', 'b', 'c', 'd']) ask(key, () => ({}));
    expect(made).toBe(4);
    // 100 + 4 * 30 are held; 60 more are too much, and the oldest goes.
    ask('e', () => ({ y: column(60 * MIB) }));
    ask('a', () => ({}));
    expect(made).toBe(6);
    ask('d', () => ({}));
    expect(made).toBe(6);
  });

  it('gives series of one run the steps that they have in common, as one column', () => {
    const cache = new SeriesCache();
    const first = cache.shared('run step', column(80, Number.NaN));
    expect(cache.shared('run step', column(80, Number.NaN))).toBe(first);
    const other = column(80, 1);
    expect(cache.shared('run step', other)).toBe(other);
  });
});
