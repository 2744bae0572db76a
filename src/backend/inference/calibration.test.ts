import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action, type PerAction } from '../../contract/actions.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { ALARM_RATE, expectedCalibrationError, fitCalibration, fitFalseAlarmCost, meanNll, type CalibrationPoint } from './calibration.ts';
import { calibratedProbabilities, expectedCosts, falseAlarmMatrix, leastCost } from './decisionRule.ts';

const NONE = [0, 0, 0, 0, 0, 0];

/** Points whose fitting action is drawn from softmax((logits + bias) / temperature): the truth a fit should find. */
function drawn(count: number, temperature: number, bias: readonly number[] = NONE): CalibrationPoint[] {
  const random = randomFrom(7, 'calibration');
  return Array.from({ length: count }, () => {
    const logits = ACTIONS.map(() => random.next() * 12 - 6);
    const probabilities = calibratedProbabilities(logits, temperature, bias);
    let left = random.next();
    const fitting: Action = ACTIONS.find((action) => (left -= probabilities[action]) < 0) ?? 'ALLOW';
    return { logits, fitting };
  });
}

describe('fitCalibration', () => {
  it('finds the temperature the answers were drawn with', () => {
    for (const temperature of [0.5, 1, 3]) {
      const fitted = fitCalibration(drawn(4_000, temperature), { bias: false });
      expect(fitted.temperature / temperature).toBeCloseTo(1, 1);
      expect(fitted.bias).toEqual(NONE);
    }
  });

  it('makes an overconfident model honest', () => {
    const fitted = fitCalibration(drawn(4_000, 3), { bias: false });
    expect(fitted.eceBefore).toBeGreaterThan(0.1);
    expect(fitted.eceAfter).toBeLessThan(0.03);
    expect(fitted.nllAfter).toBeLessThan(fitted.nllBefore);
  });

  it('finds biases up to a common shift when asked to', () => {
    const bias = [2, -1, 0.5, -1.5, 1, -1];
    const points = drawn(6_000, 2, bias);
    const fitted = fitCalibration(points, { bias: true });
    expect(fitted.temperature).toBeCloseTo(2, 0);
    fitted.bias.forEach((value, index) => expect(Math.abs(value - (bias[index] ?? 0))).toBeLessThan(0.35));
    expect(fitted.nllAfter).toBeLessThan(fitCalibration(points, { bias: false }).nllAfter);
  });

  it('survives rows in which some actions never fit, and one row alone', () => {
    const oneClass = drawn(200, 1).map((point) => ({ ...point, fitting: 'ALLOW' as const }));
    const fitted = fitCalibration(oneClass, { bias: true });
    expect([fitted.temperature, ...fitted.bias].every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(fitCalibration(oneClass.slice(0, 1), { bias: false }).temperature)).toBe(true);
  });

  it('refuses to fit nothing', () => {
    expect(() => fitCalibration([], { bias: false })).toThrow(RangeError);
  });
});

describe('expectedCalibrationError', () => {
  it('is the gap between sureness and being right', () => {
    // Softmax gives the top action exactly 0.5; it is right in one of four.
    const logits = [Math.log(5), 0, 0, 0, 0, 0];
    const points = (['ALLOW', 'BLOCK', 'BLOCK', 'BLOCK'] as const).map((fitting) => ({ logits, fitting }));
    expect(expectedCalibrationError(points, 1, NONE, 1)).toBeCloseTo(0.25, 12);
  });

  it('is zero for a model that is surely right', () => {
    const points = [{ logits: [1_000, 0, 0, 0, 0, 0], fitting: 'ALLOW' as const }];
    expect(expectedCalibrationError(points, 1, NONE)).toBe(0);
  });

  it('splits rows into bins of equal mass and counts each once', () => {
    const points = drawn(1_000, 1);
    const one = expectedCalibrationError(points, 1, NONE, 1);
    const many = expectedCalibrationError(points, 1, NONE, 15);
    expect(many).toBeGreaterThanOrEqual(one - 1e-12);
    expect(many).toBeLessThanOrEqual(1);
  });
});

describe('meanNll', () => {
  it('stays finite for an answer the model all but excluded', () => {
    expect(meanNll([{ logits: [2_000, 0, 0, 0, 0, 0], fitting: 'BLOCK' }], 1, NONE)).toBeCloseTo(2_000, 6);
  });

  it('is the mean surprise in nats', () => {
    expect(meanNll([{ logits: NONE, fitting: 'BLOCK' }], 1, NONE)).toBeCloseTo(Math.log(6), 12);
  });
});

describe('fitFalseAlarmCost', () => {
  const points = drawn(3_000, 2);
  const benign = points.filter(({ fitting }) => fitting === 'ALLOW').map(({ logits }) => calibratedProbabilities(logits, 2, NONE));
  const stops = (probabilities: PerAction, cost: number): boolean =>
    leastCost(expectedCosts(probabilities, falseAlarmMatrix(cost))) !== 'ALLOW';

  it('lets the cost rule stop as many benign messages as it may, and hardly fewer', () => {
    const cost = fitFalseAlarmCost(points, 2, NONE) ?? Number.NaN;
    const stopped = benign.filter((probabilities) => stops(probabilities, cost)).length / benign.length;
    expect(stopped).toBeLessThanOrEqual(ALARM_RATE);
    expect(stopped).toBeGreaterThan(ALARM_RATE - 2 / benign.length);
  });

  it('stops none of equal threats when all of them would be too many', () => {
    const equal = Array.from({ length: 40 }, (): CalibrationPoint => ({ logits: [1, 0, 0, 0, 0, 0], fitting: 'ALLOW' }));
    expect(stops(calibratedProbabilities([1, 0, 0, 0, 0, 0]), fitFalseAlarmCost(equal, 1, NONE) ?? Number.NaN)).toBe(false);
  });

  it('says nothing without a benign point', () => {
    expect(fitFalseAlarmCost([{ logits: NONE, fitting: 'BLOCK' }], 1, NONE)).toBeNull();
  });
});
