import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES } from '../../contract/observation.ts';
import { DEFAULT_CONFIG } from '../environment/defaults.ts';
import { createTestPool } from '../environment/testing/testPool.ts';
import { auditPolicies, CONSTANT_POLICY_LIMIT, type PolicyAuditReport } from './auditPolicies.ts';

let report: PolicyAuditReport;
beforeAll(() => {
  report = auditPolicies({ config: DEFAULT_CONFIG, pool: createTestPool() }, { episodes: 80, seed: 1 });
});

describe('the policy audit', () => {
  it('plays eight constant policies, keywords, chance and the oracle in every phase', () => {
    expect(report.phases.map(({ phase }) => phase)).toEqual(PHASES);
    for (const { policies } of report.phases) {
      expect(policies.filter(({ family }) => family === 'constant')).toHaveLength(8);
      expect(policies.map(({ family }) => family).slice(-3)).toEqual(['keyword', 'random', 'oracle']);
    }
  });

  it.each(PHASES)('no constant policy reaches 35% of the oracle in %s, and the oracle tops everything', (phase) => {
    const audit = report.phases.find((one) => one.phase === phase);
    expect(audit?.bestConstantShare).toBeLessThan(CONSTANT_POLICY_LIMIT);
    expect(audit?.oracleTops).toBe(true);
    const oracle = audit?.policies.find(({ family }) => family === 'oracle');
    expect(oracle?.breachRate).toBe(0);
    expect(oracle?.meanReward).toBeGreaterThan(0.3);
  });

  it('counts a policy by the steps it played, so ending early does not pay', () => {
    for (const { policies } of report.phases) {
      const allow = policies.find(({ policy }) => policy === 'ALLOW');
      expect(allow?.breachRate).toBeGreaterThan(0.95);
      expect(allow?.meanReward).toBeLessThan(0);
    }
  });

  it('gives equal reports for equal seeds', () => {
    const audit = (): PolicyAuditReport => auditPolicies({ config: DEFAULT_CONFIG, pool: createTestPool() }, { episodes: 4, seed: 1 });
    expect(audit()).toEqual(audit());
  });
});
