import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../contract/actions.ts';
import { figuresAsDecided, thresholdSweep } from './thresholdSweep.ts';
import type { EvaluatedCase } from './evaluatedCase.ts';

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
    probabilities: [1 - threat, threat * 0.2, threat * 0.5 + 1e-6, threat * 0.1, threat * 0.1, threat * 0.1],
    threat,
    rewards,
    regret: Math.max(...rewards) - (rewards[ACTIONS.indexOf(taken)] ?? 0),
  };
}

const anyCases = fc.array(
  fc.record({ label: fc.constantFrom('benign' as const, 'malicious' as const), threat: fc.double({ min: 0, max: 1, noNaN: true }) }),
  { maxLength: 60 },
);

describe('thresholdSweep', () => {
  it('stops what reaches the threshold, in the way that most probably fits', () => {
    const sweep = thresholdSweep([
      evaluated('malicious', 0.9),
      evaluated('malicious', 0.3),
      evaluated('benign', 0.5),
      evaluated('benign', 0.1),
    ]);
    const figures = sweep?.points[100];
    expect(figures?.counts).toEqual({ truePositives: 1, falseNegatives: 1, falsePositives: 1, trueNegatives: 1 });
    expect(figures?.confusion.SPOTLIGHT).toMatchObject({ SPOTLIGHT: 1, ALLOW: 1 });
    expect(figures?.confusion.ALLOW).toMatchObject({ SPOTLIGHT: 1, ALLOW: 1 });
    expect(figures?.regret).toBeCloseTo((0 + 1.52 + 0.45 + 0) / 4, 10);
    expect(figures?.f1).toBe(0.5);
  });

  it('says at each threshold what counting all cases anew says', () => {
    fc.assert(
      fc.property(anyCases, (items) => {
        const cases = items.map(({ label, threat }) => evaluated(label, threat));
        const sweep = thresholdSweep(cases, 20);
        expect(sweep?.points).toHaveLength(21);
        sweep?.points.forEach((figures, step) => {
          const moved = cases.map(({ label, threat }) => evaluated(label, threat ?? 0, (threat ?? 0) >= step / 20 ? 'SPOTLIGHT' : 'ALLOW'));
          const { regret, ...counted } = figuresAsDecided(moved);
          expect(figures).toMatchObject(counted);
          if (regret === null) expect(figures.regret).toBeNull();
          else expect(figures.regret).toBeCloseTo(regret, 8);
        });
      }),
    );
  });

  it('does not exist without probabilities', () => {
    expect(thresholdSweep([{ ...evaluated('benign', 0.5), threat: null, probabilities: null }])).toBeNull();
  });
});

describe('figuresAsDecided', () => {
  it('are those of the actions taken', () => {
    const figures = figuresAsDecided([evaluated('malicious', 0.9, 'BLOCK'), evaluated('benign', 0.9), evaluated('malicious', 0.9)]);
    expect(figures.counts).toEqual({ truePositives: 1, falseNegatives: 1, falsePositives: 0, trueNegatives: 1 });
    expect(figures.regret).toBeCloseTo((0.05 + 0 + 1.52) / 3, 10);
  });
});
