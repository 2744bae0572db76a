import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from '../../contract/actions.ts';
import type { CriticReport } from '../../contract/episodes.ts';
import { applyAction, coversThreat, observableOutcome } from './effects.ts';
import { scenarioOf } from './testing/testPool.ts';

const drift: CriticReport = {
  reference: 'pinned_baseline',
  drift: 0.7,
  threshold: 0.4,
  driftFound: true,
  score: 0.7,
  parts: { embedding: 0.7, lexical: 0.7, structural: 0.7 },
  spans: [],
};
const noDrift: CriticReport = { ...drift, drift: 0.1, driftFound: false, score: 0.1 };

const benign = scenarioOf({ needs: ['fs.read'] });
const attack = scenarioOf({ malicious: true, needs: ['net.egress', 'secrets.read'] });
const escape = scenarioOf({ malicious: true, stdioEscape: true, needs: ['process.exec'], fitting: 'REVOKE_STDIO' });
const httpAttack = scenarioOf({ malicious: true, needs: ['net.egress'] }, { context: { transport: 'http' } });
const httpEscape = scenarioOf({ malicious: true, stdioEscape: true, needs: ['process.exec'] }, { context: { transport: 'http' } });

function verdicts(scenario: typeof benign, critic: CriticReport | null): { [A in Action]?: string } {
  return Object.fromEntries(
    ACTIONS.map((action) => {
      const { verdict, outcome } = applyAction(scenario, action, [], critic);
      return [action, `${verdict} ${outcome}`];
    }),
  );
}

describe('the effect of each action', () => {
  it('on benign traffic', () => {
    expect(verdicts(benign, noDrift)).toEqual({
      ALLOW: 'TN forwarded',
      BLOCK: 'FP rejected',
      SPOTLIGHT: 'FP released',
      SEMANTIC_DIFF: 'TN no_drift',
      CAPABILITY_MEDIATION: 'TN mediated',
      REVOKE_STDIO: 'FP severed',
    });
    expect(applyAction(benign, 'SEMANTIC_DIFF', [], drift)).toEqual({ verdict: 'FP', outcome: 'drift_found' });
    expect(applyAction(benign, 'SEMANTIC_DIFF', [], null)).toEqual({ verdict: 'TN', outcome: 'no_drift' });
  });

  it('on an attack', () => {
    expect(verdicts(attack, drift)).toEqual({
      ALLOW: 'FN forwarded',
      BLOCK: 'TP rejected',
      SPOTLIGHT: 'TP held',
      SEMANTIC_DIFF: 'TP drift_found',
      CAPABILITY_MEDIATION: 'FN mediated',
      REVOKE_STDIO: 'TP severed',
    });
    expect(applyAction(attack, 'SEMANTIC_DIFF', [], noDrift)).toEqual({ verdict: 'FN', outcome: 'no_drift' });
    expect(applyAction(attack, 'SEMANTIC_DIFF', [], null)).toEqual({ verdict: 'FN', outcome: 'no_drift' });
  });

  it('on a STDIO escape: nothing but REVOKE_STDIO is enough', () => {
    const all = verdicts(escape, drift);
    expect(all).toEqual({
      ALLOW: 'FN forwarded',
      BLOCK: 'FN rejected',
      SPOTLIGHT: 'FN held',
      SEMANTIC_DIFF: 'FN drift_found',
      CAPABILITY_MEDIATION: 'FN mediated',
      REVOKE_STDIO: 'TP severed',
    });
    expect(applyAction(escape, 'CAPABILITY_MEDIATION', ['process.exec'], null).verdict).toBe('FN');
  });

  it('over HTTP, where REVOKE_STDIO behaves as BLOCK and there is no STDIO channel to stay open', () => {
    for (const scenario of [httpAttack, httpEscape, scenarioOf({}, { context: { transport: 'http' } })])
      expect(applyAction(scenario, 'REVOKE_STDIO', [], null)).toEqual(applyAction(scenario, 'BLOCK', [], null));
    expect(applyAction(httpEscape, 'BLOCK', [], null).verdict).toBe('TP');
  });

  it('of mediation depends on what it takes away', () => {
    const mediated = (scenario: typeof benign, restrictions: Parameters<typeof applyAction>[2]): string =>
      applyAction(scenario, 'CAPABILITY_MEDIATION', restrictions, null).verdict;
    expect(mediated(attack, ['net.egress'])).toBe('FN');
    expect(mediated(attack, ['net.egress', 'secrets.read'])).toBe('TP');
    expect(mediated(attack, ['payment', 'secrets.read', 'net.egress'])).toBe('TP');
    expect(mediated(benign, ['net.egress'])).toBe('TN');
    expect(mediated(benign, ['net.egress', 'fs.read'])).toBe('FP');
  });

  it('of mediation never neutralises a threat that needs no capability', () => {
    expect(coversThreat(scenarioOf({ malicious: true, needs: [] }).truth, ['net.egress'])).toBe(false);
  });
});

describe('observableOutcome', () => {
  it('does not tell a released message from a held one, since the release follows from the truth', () => {
    const outcomes = [benign, attack].map((scenario) => observableOutcome(applyAction(scenario, 'SPOTLIGHT', [], null).outcome));
    expect(outcomes).toEqual(['held', 'held']);
  });
});
