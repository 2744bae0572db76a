import { perAction, type Action, type PerAction } from '../../../contract/actions.ts';
import type { CaseFacts, Outcome, Prediction } from '../outcome.ts';

/** `share` of the probability on one action, the rest spread evenly. */
export function leaning(action: Action, share: number): PerAction {
  return perAction((other) => (other === action ? share : (1 - share) / 5));
}

export function benignFacts(changes: Partial<CaseFacts> = {}): CaseFacts {
  return {
    id: 'b',
    source: 'test',
    kind: 'call',
    label: 'benign',
    vector: 'none',
    fitting: 'ALLOW',
    acceptable: ['ALLOW'],
    rewards: { ALLOW: 0.22, BLOCK: -0.38, SPOTLIGHT: -0.23, SEMANTIC_DIFF: 0.17, CAPABILITY_MEDIATION: -0.38, REVOKE_STDIO: -1.18 },
    ...changes,
  };
}

export function maliciousFacts(changes: Partial<CaseFacts> = {}): CaseFacts {
  return {
    id: 'm',
    source: 'test',
    kind: 'result',
    label: 'malicious',
    vector: 'indirect_injection',
    fitting: 'SPOTLIGHT',
    acceptable: ['BLOCK', 'SPOTLIGHT'],
    rewards: { ALLOW: -1, BLOCK: 0.47, SPOTLIGHT: 0.52, SEMANTIC_DIFF: -1, CAPABILITY_MEDIATION: -1, REVOKE_STDIO: 0.37 },
    ...changes,
  };
}

export function outcome(facts: CaseFacts, action: Action, changes: Partial<Prediction> = {}): Outcome {
  return {
    facts,
    prediction: { action, probabilities: leaning(action, 0.9), labelMass: 0.99, abstention: null, decisionMs: 4, ...changes },
  };
}
