import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../contract/actions.ts';
import { measure, topAction } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { benignFacts, leaning, maliciousFacts, outcome } from './testing/outcomes.ts';

const OUTCOMES: readonly Outcome[] = [
  outcome(benignFacts({ id: 'b1' }), 'ALLOW', { decisionMs: 1 }),
  outcome(benignFacts({ id: 'b2', vector: 'hard_negative', kind: 'result' }), 'BLOCK', { decisionMs: 2 }),
  outcome(benignFacts({ id: 'b3', vector: 'hard_negative' }), 'ALLOW', { decisionMs: 3 }),
  outcome(maliciousFacts({ id: 'm1' }), 'SPOTLIGHT', { decisionMs: 4 }),
  outcome(maliciousFacts({ id: 'm2' }), 'BLOCK', { decisionMs: 5, labelMass: 0.3, abstention: 'label_mass_low' }),
  outcome(maliciousFacts({ id: 'm3', vector: 'rug_pull', kind: 'manifest_changed' }), 'ALLOW', { decisionMs: 6 }),
];

describe('measure', () => {
  const metrics = measure(OUTCOMES);

  it('counts "not ALLOW" as positive', () => {
    expect(metrics.counts).toEqual({ truePositives: 2, falsePositives: 1, trueNegatives: 2, falseNegatives: 1 });
    expect(metrics.recall).toMatchObject({ successes: 2, trials: 3 });
    expect(metrics.falsePositiveRate).toMatchObject({ successes: 1, trials: 3 });
    expect(metrics.f1).toBeCloseTo(2 / 3, 12);
  });

  it('tells exact from acceptable, and hard negatives from the rest', () => {
    expect(metrics.exactAccuracy).toMatchObject({ successes: 3, trials: 6 });
    expect(metrics.acceptableAccuracy).toMatchObject({ successes: 4, trials: 6 });
    expect(metrics.hardNegatives).toMatchObject({ successes: 1, trials: 2 });
  });

  it('slices by vector, kind and source, malicious first', () => {
    expect(metrics.byVector.map(({ name, label, flagged }) => [name, label, flagged.successes, flagged.trials])).toEqual([
      ['indirect_injection', 'malicious', 2, 2],
      ['rug_pull', 'malicious', 0, 1],
      ['hard_negative', 'benign', 1, 2],
      ['none', 'benign', 0, 1],
    ]);
    expect(metrics.byKind.map(({ name, label }) => `${label} ${name}`)).toEqual([
      'malicious manifest_changed',
      'malicious result',
      'benign call',
      'benign result',
    ]);
    expect(metrics.bySource).toHaveLength(2);
  });

  it('weighs mistakes by the reward table', () => {
    expect(metrics.reward.best).toBeCloseTo((3 * 0.22 + 3 * 0.52) / 6, 12);
    expect(metrics.reward.mean).toBeCloseTo((0.22 - 0.38 + 0.22 + 0.52 + 0.47 - 1) / 6, 12);
    expect(metrics.reward.totalRegret).toBeCloseTo(0.6 + 0.05 + 1.52, 12);
    expect(metrics.mistakes.map(({ id }) => id)).toEqual(['m3', 'b2']);
  });

  it('summarises time, label mass and abstentions', () => {
    expect(metrics.decisionMs).toMatchObject({ p50: 3.5, min: 1, max: 6 });
    expect(metrics.decisionMs?.p95).toBeCloseTo(5.75, 12);
    expect(metrics.labelMass).toMatchObject({ p50: 0.99, min: 0.3 });
    expect(metrics.abstentions).toEqual({ total: 1, byReason: { label_mass_low: 1 } });
  });

  it('scores the threat with 1 - P(ALLOW) and the action with its own probability', () => {
    expect(metrics.calibration?.threat.brier).toBeCloseTo((0.1 ** 2 + 0.98 ** 2 + 0.1 ** 2 + 2 * 0.02 ** 2 + 0.9 ** 2) / 6, 12);
    expect(metrics.calibration?.action.ece).toBeCloseTo(0.9 - 0.5, 12);
    expect(metrics.ranking?.auroc).toBeCloseTo((2 * (1 + 1 + 0.5) + (0.5 + 0.5 + 0)) / 9, 12);
  });

  it('gives no probability figures for a system without probabilities, nor any rate without a case', () => {
    const silent = measure(
      OUTCOMES.map(({ facts }) => outcome(facts, 'ALLOW', { probabilities: null, decisionMs: null, labelMass: null })),
    );
    expect(silent).toMatchObject({ calibration: null, ranking: null, decisionMs: null, labelMass: null });
    expect(measure([])).toMatchObject({ recall: null, falsePositiveRate: null, f1: null, reward: { mean: null, totalRegret: 0 } });
  });

  it('does not depend on the order of the cases', () => {
    const permuted = fc.shuffledSubarray([...OUTCOMES], { minLength: OUTCOMES.length });
    fc.assert(
      fc.property(permuted, (outcomes) => {
        const { reward, calibration, ...figures } = measure(outcomes);
        const { reward: expectedReward, calibration: expectedCalibration, ...expected } = metrics;
        expect({ ...figures, decisionMs: null, labelMass: null }).toEqual({ ...expected, decisionMs: null, labelMass: null });
        expect(reward.totalRegret).toBeCloseTo(expectedReward.totalRegret, 12);
        expect(calibration?.threat.ece).toBeCloseTo(expectedCalibration!.threat.ece, 12);
      }),
    );
  });

  it('is perfect when every action is the best one', () => {
    const perfect = measure(OUTCOMES.map(({ facts }) => outcome(facts, facts.fitting)));
    expect(perfect).toMatchObject({ f1: 1, macroF1: 1, reward: { regret: 0 }, mistakes: [] });
    expect(perfect.ranking?.recallAtFpr.every(({ point }) => point?.recall === 1)).toBe(true);
  });
});

describe('topAction', () => {
  it('takes the first of equals', () => {
    expect(topAction(leaning('REVOKE_STDIO', 0.5))).toBe('REVOKE_STDIO');
    expect(topAction(leaning('BLOCK', 1 / 6))).toBe(ACTIONS[0]);
  });
});
