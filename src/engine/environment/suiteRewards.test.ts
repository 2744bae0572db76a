import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from '../../contract/actions.ts';
import { suiteRewards, type SuiteLabels } from './suiteRewards.ts';

const record = (over: Partial<SuiteLabels>): SuiteLabels => ({
  label: 'malicious',
  action: 'SPOTLIGHT',
  acceptable: ['BLOCK', 'SPOTLIGHT'],
  kind: 'result',
  context: { transport: 'stdio' },
  ...over,
});
const rounded = (over: Partial<SuiteLabels>): readonly number[] =>
  ACTIONS.map((action) => Math.round(suiteRewards(record(over))[action] * 1000) / 1000);

describe('suiteRewards', () => {
  it('values an injection', () => {
    expect(rounded({})).toEqual([-1, 0.47, 0.52, -1, -1, 0.37]);
  });

  it('values an escape: what leaves the channel open is worth less where the record accepts it, and a breach where not', () => {
    const escape = { action: 'REVOKE_STDIO', acceptable: ['BLOCK', 'REVOKE_STDIO'], kind: 'call' } as const;
    expect(rounded(escape)).toEqual([-1, 0.37, -1, -1, -1, 0.52]);
  });

  it('values REVOKE_STDIO over HTTP as BLOCK', () => {
    for (const label of ['benign', 'malicious'] as const) {
      const rewards = suiteRewards(record({ label, context: { transport: 'http' } }));
      expect(rewards.REVOKE_STDIO).toBe(rewards.BLOCK);
    }
  });

  it('values benign traffic: REVOKE_STDIO is the worst, ALLOW the best', () => {
    for (const kind of ['call', 'result', 'manifest_changed'] as const) {
      const rewards = suiteRewards(record({ label: 'benign', action: 'ALLOW', acceptable: ['ALLOW'], kind }));
      const order = [...ACTIONS].sort((a, b) => rewards[b] - rewards[a]);
      expect(order[0]).toBe('ALLOW');
      expect(order.at(-1)).toBe('REVOKE_STDIO');
      expect(rewards.SPOTLIGHT).toBeGreaterThan(rewards.BLOCK);
    }
  });

  it('never values anything above the fitting action', () => {
    for (const action of ACTIONS.filter((one) => one !== 'ALLOW')) {
      const acceptable: readonly Action[] = ['BLOCK', action];
      const rewards = suiteRewards(record({ action, acceptable }));
      for (const other of ACTIONS) expect(rewards[other]).toBeLessThanOrEqual(rewards[action]);
    }
  });
});
