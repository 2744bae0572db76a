import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, perAction, type Action, type PerAction } from '../../contract/actions.ts';
import { COST_PRESETS } from '../../contract/decisions.ts';
import { MESSAGE_KINDS } from '../../contract/messages.ts';
import {
  COST_MATRICES,
  calibratedProbabilities,
  expectedCosts,
  fallbackAction,
  falseAlarmMatrix,
  highestStoppingCost,
  leastCost,
  mostProbable,
  type CostMatrix,
} from './decisionRule.ts';

const certain = (fitting: Action): PerAction => perAction((action) => (action === fitting ? 1 : 0));
const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 6, maxLength: 6 });
const probabilities = logits.map((values) => calibratedProbabilities(values));

describe('calibratedProbabilities', () => {
  it('matches softmax worked out by hand', () => {
    const result = calibratedProbabilities([Math.log(1), Math.log(2), Math.log(3), Math.log(4), Math.log(5), Math.log(5)]);
    expect(ACTIONS.map((action) => Number(result[action].toFixed(10)))).toEqual([0.05, 0.1, 0.15, 0.2, 0.25, 0.25]);
  });

  it('applies the bias before the temperature', () => {
    const result = calibratedProbabilities([0, 2, 0, 0, 0, 0], 2, [2, 0, 0, 0, 0, 0]);
    expect(result.ALLOW).toBeCloseTo(result.BLOCK, 12);
    expect(result.ALLOW / result.SPOTLIGHT).toBeCloseTo(Math.E, 12);
  });

  it('sums to one and keeps the order of the logits at any temperature', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.05, max: 20, noNaN: true }), (values, temperature) => {
        const result = ACTIONS.map((action) => calibratedProbabilities(values, temperature)[action]);
        expect(result.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
        for (const [i, a] of values.entries()) {
          for (const [j, b] of values.entries()) if (a > b) expect(result[i] ?? 0).toBeGreaterThanOrEqual(result[j] ?? 0);
        }
      }),
    );
  });
});

describe('the cost rule', () => {
  it.each(COST_PRESETS)('%s: takes the fitting action when it is certain', (preset) => {
    for (const fitting of ACTIONS) expect(leastCost(expectedCosts(certain(fitting), COST_MATRICES[preset]))).toBe(fitting);
  });

  it.each(COST_PRESETS)('%s: never allows what is more likely to need its channel severed', (preset) => {
    const doubtful = perAction((action) => (action === 'REVOKE_STDIO' ? 0.6 : action === 'ALLOW' ? 0.4 : 0));
    expect(leastCost(expectedCosts(doubtful, COST_MATRICES[preset]))).toBe('REVOKE_STDIO');
  });

  it('lets less through the stricter the preset', () => {
    fc.assert(
      fc.property(probabilities, (p) => {
        const allowed = COST_PRESETS.map((preset) => leastCost(expectedCosts(p, COST_MATRICES[preset])) === 'ALLOW');
        const [strict, balanced, permissive] = allowed;
        if (strict === true) expect(balanced).toBe(true);
        if (balanced === true) expect(permissive).toBe(true);
      }),
    );
  });

  it('a lower cost of allowing an attack never turns ALLOW into something else', () => {
    fc.assert(
      fc.property(
        probabilities,
        fc.constantFrom(...ACTIONS.filter((action) => action !== 'ALLOW')),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p, attack, factor) => {
          const matrix = COST_MATRICES.balanced;
          const cheaper: CostMatrix = { ...matrix, ALLOW: { ...matrix.ALLOW, [attack]: matrix.ALLOW[attack] * factor } };
          if (leastCost(expectedCosts(p, matrix)) === 'ALLOW') expect(leastCost(expectedCosts(p, cheaper))).toBe('ALLOW');
        },
      ),
    );
  });

  it('is never worse in expectation than the most probable action', () => {
    fc.assert(
      fc.property(probabilities, fc.constantFrom(...COST_PRESETS), (p, preset) => {
        const costs = expectedCosts(p, COST_MATRICES[preset]);
        expect(costs[leastCost(costs)]).toBeLessThanOrEqual(costs[mostProbable(p)]);
      }),
    );
  });

  it('keeps to the actions that are allowed', () => {
    const costs = expectedCosts(certain('CAPABILITY_MEDIATION'), COST_MATRICES.balanced);
    expect(leastCost(costs, ['ALLOW', 'BLOCK'])).toBe('BLOCK');
  });

  it('every matrix is free for the fitting action and costs something for any other', () => {
    for (const preset of COST_PRESETS) {
      for (const action of ACTIONS) {
        for (const fitting of ACTIONS) {
          const cost = COST_MATRICES[preset][action][fitting];
          if (action === fitting) expect(cost).toBe(0);
          else expect(cost).toBeGreaterThan(0);
        }
      }
    }
  });
});

describe('fallbackAction', () => {
  it('never lets a message through untouched and never ends a server', () => {
    for (const kind of MESSAGE_KINDS) {
      for (const canMediate of [true, false]) expect(['SPOTLIGHT', 'CAPABILITY_MEDIATION']).toContain(fallbackAction(kind, canMediate));
      expect(fallbackAction(kind, false)).toBe('SPOTLIGHT');
    }
    expect(fallbackAction('call', true)).toBe('CAPABILITY_MEDIATION');
  });
});

describe('falseAlarmMatrix', () => {
  it('stops what its cost of false alarms allows, in the way that most probably fits', () => {
    fc.assert(
      fc.property(probabilities, fc.double({ min: 0.01, max: 1_000, noNaN: true }), (p, cost) => {
        const limit = highestStoppingCost(p);
        fc.pre(Math.abs(limit - cost) > 1e-6 * cost);
        const action = leastCost(expectedCosts(p, falseAlarmMatrix(cost)));
        expect(action !== 'ALLOW').toBe(cost < limit);
        if (action !== 'ALLOW') expect(p[action]).toBeCloseTo(Math.max(...ACTIONS.slice(1).map((other) => p[other])), 9);
      }),
    );
  });
});
