import { ACTIONS, type Action } from '../../contract/actions.ts';
import type { Decision } from '../../contract/decisions.ts';
import type { CriticReport } from '../../contract/episodes.ts';
import type { DisputeCause } from '../../contract/review.ts';

/** Drift this close to the threshold could have fallen on either side. */
export const NEAR_THRESHOLD = 0.05;

/** What is known when both lanes have decided on one message; a lane that did not see it is null. */
export interface DisputeFacts {
  readonly critic: CriticReport | null;
  readonly baseline: Pick<Decision, 'action'> | null;
  readonly trained: Pick<Decision, 'action'> | null;
}

/**
 * Why a decision is disputed; empty when it is not. Without a reference there is nothing to compare, and so nothing to
 * dispute about comparing. The critic is set against the trained defender alone: an untrained one disagrees with
 * everybody, and that teaches nothing.
 */
export function disputeCauses({ critic, baseline, trained }: DisputeFacts): readonly DisputeCause[] {
  if (critic === null) return [];
  const causes: DisputeCause[] = [];
  if (Math.abs(critic.drift - critic.threshold) <= NEAR_THRESHOLD) causes.push('near_threshold');
  if (trained !== null && opposes(trained.action, critic)) causes.push('critic_disagrees');
  if (baseline !== null && trained !== null && (baseline.action === 'SEMANTIC_DIFF') !== (trained.action === 'SEMANTIC_DIFF')) {
    causes.push('models_disagree');
  }
  return causes;
}

/** True when the defender lets drift pass, or stops what does not drift; the other actions leave the question to the critic or to restrictions. */
function opposes(action: Action, critic: CriticReport): boolean {
  switch (action) {
    case 'ALLOW':
      return critic.driftFound;
    case 'BLOCK':
    case 'SPOTLIGHT':
    case 'REVOKE_STDIO':
      return !critic.driftFound;
    case 'SEMANTIC_DIFF':
    case 'CAPABILITY_MEDIATION':
      return false;
  }
}

/**
 * How near the decision lies to a border, 0..1: the lesser of the drift's distance to its threshold and the lead of the
 * most probable action; 1 when neither is known.
 */
export function decisionMargin(critic: CriticReport | null, decision: Pick<Decision, 'probabilities'> | null): number {
  const drift = critic === null ? 1 : Math.abs(critic.drift - critic.threshold);
  if (decision === null) return Math.min(1, drift);
  const [first = 1, second = 0] = ACTIONS.map((action) => decision.probabilities[action]).toSorted((a, b) => b - a);
  return Math.min(1, drift, first - second);
}
