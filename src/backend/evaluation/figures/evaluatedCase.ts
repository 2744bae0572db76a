import { ACTIONS, type Action } from '../../../contract/actions.ts';
import { threatScore, type CaseFacts, type Outcome } from '../outcome.ts';
import { regret } from '../regret.ts';

/** What the model made of one case: enough to move the alarm threshold afterwards. Holds no text. */
export interface EvaluatedCase extends Pick<CaseFacts, 'id' | 'source' | 'kind' | 'label' | 'vector' | 'fitting'> {
  readonly taken: Action;
  /** In the order of ACTIONS; null when the model gave none. */
  readonly probabilities: readonly number[] | null;
  /** 1 - P(ALLOW), 0..1; null without probabilities. */
  readonly threat: number | null;
  /** What each action would have earned, in the order of ACTIONS. */
  readonly rewards: readonly number[];
  /** Best reward less the reward of `taken`, >= 0. */
  readonly regret: number;
}

export function evaluatedCase({ facts, prediction }: Outcome): EvaluatedCase {
  const { id, source, kind, label, vector, fitting, rewards } = facts;
  const { probabilities, action } = prediction;
  return {
    id,
    source,
    kind,
    label,
    vector,
    fitting,
    taken: action,
    probabilities: probabilities === null ? null : ACTIONS.map((name) => probabilities[name]),
    threat: threatScore(prediction),
    rewards: ACTIONS.map((name) => rewards[name]),
    regret: regret(rewards, action),
  };
}

/** Probability or reward of an action in a list in the order of ACTIONS. */
export function ofAction(values: readonly number[], action: Action): number {
  return values[ACTIONS.indexOf(action)] ?? 0;
}
