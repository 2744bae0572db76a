import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { perAction } from '../../../contract/actions.ts';
import { THRESHOLD_STEPS, type AlarmFigures } from '../../../contract/evaluations.ts';
import { cheapest, costCurve } from './costCurve.ts';

const figures = (regret: number | null): AlarmFigures => ({
  counts: { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 },
  recall: null,
  falsePositiveRate: { successes: 1, trials: 4, rate: 0.25, low: 0, high: 1 },
  precision: null,
  f1: null,
  regret,
  confusion: perAction(() => perAction(() => 0)),
});

describe('costCurve', () => {
  it('has one place for each threshold, and none without messages', () => {
    const curve = costCurve(Array.from({ length: THRESHOLD_STEPS + 1 }, (_, step) => figures(step)));
    expect([curve.length, curve[0]?.threshold, curve[100]?.threshold, curve.at(-1)?.threshold]).toEqual([THRESHOLD_STEPS + 1, 0, 0.5, 1]);
    expect(curve[100]).toEqual({ threshold: 0.5, regret: 100, recall: null, falsePositiveRate: 0.25 });
    expect(costCurve([figures(null)])).toEqual([]);
  });
  it('is cheapest where no other place costs less', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1 }), (costs) => {
        const curve = costCurve(costs.map(figures));
        expect(cheapest(curve)?.regret).toBeCloseTo(Math.min(...costs), 10);
      }),
    );
    expect(cheapest([])).toBeNull();
  });
});
