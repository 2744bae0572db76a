import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, perAction } from '../../contract/actions.ts';
import { bestReward, regret } from './regret.ts';

describe('regret', () => {
  const rewards = { ALLOW: -1, BLOCK: 0.42, SPOTLIGHT: 0.52, SEMANTIC_DIFF: -1, CAPABILITY_MEDIATION: -1, REVOKE_STDIO: 0.37 };

  it('is the best reward less the chosen one', () => {
    expect(bestReward(rewards)).toBe(0.52);
    expect(regret(rewards, 'SPOTLIGHT')).toBe(0);
    expect(regret(rewards, 'ALLOW')).toBeCloseTo(1.52, 12);
    expect(regret(rewards, 'BLOCK')).toBeCloseTo(0.1, 12);
  });

  it('is never negative and zero for a best action', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -2, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }), (values) => {
        const table = perAction((_, index) => values[index] as number);
        const regrets = ACTIONS.map((action) => regret(table, action));
        expect(Math.min(...regrets)).toBe(0);
      }),
    );
  });
});
