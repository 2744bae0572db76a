import type { Action, PerAction } from '../../contract/actions.ts';
import type { Abstention } from '../../contract/decisions.ts';
import type { LabelledCase } from '../datasets/labelledCase.ts';

/** What the metrics need of a case; holds no text. */
export type CaseFacts = Pick<LabelledCase, 'id' | 'source' | 'kind' | 'label' | 'vector' | 'fitting' | 'acceptable' | 'rewards'>;

/** One system's answer to one case. */
export interface Prediction {
  readonly action: Action;
  /** Sum 1; null when the system gives none. */
  readonly probabilities: PerAction | null;
  /** Share of the vocabulary's probability on the six labels, 0..1; null for systems without a vocabulary. */
  readonly labelMass: number | null;
  readonly abstention: Abstention | null;
  /** Milliseconds; null when the decision was not timed. */
  readonly decisionMs: number | null;
}

export interface Outcome {
  readonly facts: CaseFacts;
  readonly prediction: Prediction;
}

/** True when the message was kept from passing as it is: the positive class of every binary figure. */
export function flagged(outcome: Outcome): boolean {
  return outcome.prediction.action !== 'ALLOW';
}

/** Probability that the case is malicious, as the system sees it: 1 - P(ALLOW); null without probabilities. */
export function threatScore(prediction: Prediction): number | null {
  return prediction.probabilities === null ? null : Math.min(1, Math.max(0, 1 - prediction.probabilities.ALLOW));
}
