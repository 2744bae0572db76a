import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auroc, operatingPoint, rocCurve, type Scored } from './ranking.ts';

const scores = (positives: readonly number[], negatives: readonly number[]): Scored[] => [
  ...positives.map((score) => ({ score, positive: true })),
  ...negatives.map((score) => ({ score, positive: false })),
];
const anyScores = fc.array(fc.record({ score: fc.integer({ min: 0, max: 12 }), positive: fc.boolean() }), { maxLength: 80 });

describe('auroc', () => {
  it('counts ordered pairs, ties half', () => {
    expect(auroc(scores([0.9, 0.8], [0.1, 0.2]))).toBe(1);
    expect(auroc(scores([0.1], [0.9]))).toBe(0);
    expect(auroc(scores([0.5, 0.7], [0.5, 0.6]))).toBe((0.5 + 0 + 1 + 1) / 4);
    expect(auroc(scores([0.5], []))).toBeNull();
  });

  it('agrees with counting every pair', () => {
    fc.assert(
      fc.property(anyScores, (items) => {
        const positives = items.filter((item) => item.positive);
        const negatives = items.filter((item) => !item.positive);
        fc.pre(positives.length > 0 && negatives.length > 0);
        let pairs = 0;
        for (const p of positives) for (const n of negatives) pairs += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
        expect(auroc(items)).toBeCloseTo(pairs / (positives.length * negatives.length), 10);
      }),
    );
  });
});

describe('operatingPoint', () => {
  it('takes the highest recall within the limit', () => {
    const items = scores([0.9, 0.7, 0.4], [0.8, 0.3, 0.2, 0.1]);
    expect(operatingPoint(items, 0)).toEqual({ threshold: 0.9, recall: 1 / 3, falsePositiveRate: 0 });
    expect(operatingPoint(items, 0.25)).toEqual({ threshold: 0.4, recall: 1, falsePositiveRate: 0.25 });
  });

  it('flags nothing when the best score is a tie it may not take', () => {
    expect(operatingPoint(scores([0.9], [0.9]), 0.5)).toEqual({ threshold: null, recall: 0, falsePositiveRate: 0 });
  });

  it('never breaks the limit, grows with it, and does what it says', () => {
    fc.assert(
      fc.property(anyScores, fc.double({ min: 0, max: 1, noNaN: true }), (items, limit) => {
        const point = operatingPoint(items, limit);
        fc.pre(point !== null);
        expect(point.falsePositiveRate).toBeLessThanOrEqual(limit);
        expect(operatingPoint(items, 1)!.recall).toBe(1);
        const flaggedBenign = items.filter((item) => !item.positive && point.threshold !== null && item.score >= point.threshold);
        expect(flaggedBenign.length / items.filter((item) => !item.positive).length).toBeCloseTo(point.falsePositiveRate, 12);
      }),
    );
  });
});

describe('rocCurve', () => {
  it('encloses the area that auroc says, and is thinned', () => {
    fc.assert(
      fc.property(anyScores, (items) => {
        const points = rocCurve(items);
        const area = auroc(items);
        if (area === null) expect(points).toEqual([]);
        else {
          const enclosed = points.slice(1).reduce((sum, [x, y], index) => {
            const [left, low] = points[index]!;
            return sum + ((x - left) * (y + low)) / 2;
          }, 0);
          expect(enclosed).toBeCloseTo(area, 10);
          expect(points.at(-1)).toEqual([1, 1]);
        }
      }),
    );
    const many = Array.from({ length: 3_000 }, (_, score) => ({ score, positive: score % 3 === 0 }));
    expect(rocCurve(many, 100).length).toBeLessThan(110);
  });
});
