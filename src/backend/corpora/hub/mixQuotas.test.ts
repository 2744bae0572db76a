import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MixQuotas } from './mixQuotas.ts';

const GROUPS = { generated: 'attack:ssrf:1', witfoo: 'witfoo:benign:x', fenrir: 'fenrir:attack:y', nist: 'nist:benign:z' } as const;

describe('MixQuotas', () => {
  it('lets through as many rows of each source as its share is worth, and all rows together', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({ generated: share, witfoo: share, fenrir: share, nist: share }),
        fc.integer({ min: 0, max: 400 }),
        (shares, count) => {
          const sum = Object.values(shares).reduce((total, value) => total + value, 0);
          fc.pre(sum > 1e-6);
          const quotas = new MixQuotas(shares, count);
          for (const group of Object.values(GROUPS)) while (quotas.admits(group)) quotas.take(group);
          const { counts } = quotas;
          expect(Object.values(counts).reduce((total, value) => total + value, 0)).toBe(count);
          for (const [source, value] of Object.entries(counts)) {
            expect(Math.abs(value - (shares[source as keyof typeof shares] / sum) * count)).toBeLessThan(1 + 1e-9);
          }
        },
      ),
    );
  });

  it('lets no message through that holds no text of its corpus', () => {
    expect(new MixQuotas({ generated: 0, witfoo: 1, fenrir: 0, nist: 0 }, 10).admits('witfoo-frame:benign:x')).toBe(false);
  });
});
