import type { Action } from '../../contract/actions.ts';
import type { ReviewStatus } from '../../contract/review.ts';

/** What decides how much of an item one analyst may see and do. */
export interface ViewFacts {
  readonly status: ReviewStatus;
  readonly required: 1 | 2;
  readonly gold: boolean;
  /** The analyst's own label in force. */
  readonly mine: Action | null;
  /** The analyst has chosen an action before seeing anything. */
  readonly firstChoice: Action | null;
}

/** Overlap and gold items are labelled blind: agreement says nothing once one analyst has seen what others think. */
export function isBlind({ status, required, gold }: ViewFacts): boolean {
  return gold || (required === 2 && (status === 'pending' || status === 'needs_second'));
}

/** True while models, critic, precedents and other labels are kept from the analyst. */
export function isHidden(facts: ViewFacts): boolean {
  return isBlind(facts) && facts.mine === null && facts.firstChoice === null;
}

/** True when the analyst may know what the simulation knows: nothing is left to decide, a conflict included. */
export function seesTruth({ status, gold, mine }: ViewFacts): boolean {
  return (status === 'submitted' || status === 'adjudicated' || status === 'discarded') && (!gold || mine !== null);
}

/** True when the labels of others may be read. */
export function seesLabels(facts: ViewFacts): boolean {
  return facts.status === 'conflict' || seesTruth(facts);
}

/** True while labels of others come without names, so that an adjudicator weighs reasons and not persons. */
export function hidesNames({ status }: ViewFacts): boolean {
  return status === 'conflict';
}

/** What the analyst may do now. */
export function permission(facts: ViewFacts): 'label' | 'adjudicate' | 'read' {
  if (facts.status === 'conflict') return 'adjudicate';
  if (facts.mine !== null) return 'read';
  if (facts.status === 'pending' || facts.status === 'needs_second') return 'label';
  return facts.gold && (facts.status === 'submitted' || facts.status === 'adjudicated') ? 'label' : 'read';
}
