import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../contract/actions.ts';
import type { EvaluatedCase } from '../../../contract/evaluations.ts';
import { cheapest, costCurve, figuresAsDecided, figuresAt, thresholdCases } from './threshold.ts';

const REWARDS = { benign: [0.22, -0.38, -0.23, 0.17, -0.38, -1.18], malicious: [-1, 0.47, 0.52, -1, -1, 0.37] } as const;

function evaluated(label: 'benign' | 'malicious', threat: number, taken: EvaluatedCase['taken'] = 'ALLOW'): EvaluatedCase {
  const rewards = REWARDS[label];
  return {
    id: 'x',
    source: 'test',
    kind: 'result',
    label,
    vector: 'none',
    fitting: label === 'benign' ? 'ALLOW' : 'SPOTLIGHT',
    taken,
    probabilities: [1 - threat, threat * 0.2, threat * 0.5, threat * 0.1, threat * 0.1, threat * 0.1],
    threat,
    rewards,
    regret: Math.max(...rewards) - (rewards[ACTIONS.indexOf(taken)] ?? 0),
  };
}

const anyCases = fc.array(
  fc.record({ label: fc.constantFrom('benign' as const, 'malicious' as const), threat: fc.double({ min: 0, max: 1, noNaN: true }) }),
  { minLength: 1, maxLength: 60 },
);

describe('the alarm threshold', () => {
  it('stops what reaches it, in the way that most probably fits', () => {
    const cases = thresholdCases([
      evaluated('malicious', 0.9),
      evaluated('malicious', 0.3),
      evaluated('benign', 0.5),
      evaluated('benign', 0.1),
    ]);
    const figures = figuresAt(cases ?? [], 0.5);
    expect(figures.counts).toEqual({ truePositives: 1, falseNegatives: 1, falsePositives: 1, trueNegatives: 1 });
    expect(figures.confusion.SPOTLIGHT).toMatchObject({ SPOTLIGHT: 1, ALLOW: 1 });
    expect(figures.confusion.ALLOW).toMatchObject({ SPOTLIGHT: 1, ALLOW: 1 });
    expect(figures.regret).toBeCloseTo((0 + 1.52 + 0.45 + 0) / 4, 10);
    expect(figures.f1).toBe(0.5);
  });

  it('has a cost curve that says at each place what the figures say', () => {
    fc.assert(
      fc.property(anyCases, (items) => {
        const cases = thresholdCases(items.map(({ label, threat }) => evaluated(label, threat))) ?? [];
        for (const point of costCurve(cases, 20)) {
          const figures = figuresAt(cases, point.threshold);
          expect(point.regret).toBeCloseTo(figures.regret ?? Number.NaN, 8);
          expect(point.recall).toEqual(figures.recall?.rate ?? null);
          expect(point.falsePositiveRate).toEqual(figures.falsePositiveRate?.rate ?? null);
        }
      }),
    );
  });

  it('is cheapest where no other place costs less', () => {
    fc.assert(
      fc.property(anyCases, (items) => {
        const curve = costCurve(thresholdCases(items.map(({ label, threat }) => evaluated(label, threat))) ?? []);
        const least = Math.min(...curve.map(({ regret }) => regret));
        expect(cheapest(curve)?.regret).toBeCloseTo(least, 10);
      }),
    );
    expect(cheapest([])).toBeNull();
  });

  it('does not exist without probabilities', () => {
    expect(thresholdCases([{ ...evaluated('benign', 0.5), threat: null, probabilities: null }])).toBeNull();
  });
});

describe('the figures as decided', () => {
  it('are those of the actions taken', () => {
    const figures = figuresAsDecided([evaluated('malicious', 0.9, 'BLOCK'), evaluated('benign', 0.9), evaluated('malicious', 0.9)]);
    expect(figures.counts).toEqual({ truePositives: 1, falseNegatives: 1, falsePositives: 0, trueNegatives: 1 });
    expect(figures.regret).toBeCloseTo((0.05 + 0 + 1.52) / 3, 10);
  });
});
