import type { Action } from '../../contract/actions.ts';
import type { ReviewStatus } from '../../contract/review.ts';

/** All that an item's status follows from. */
export interface ItemFacts {
  /** Independent labels wanted. */
  readonly required: 1 | 2;
  /** Actions of the labels in force, oldest first; adjudications and gold checks are not among them. */
  readonly labels: readonly Action[];
  readonly adjudicated: Action | null;
  readonly discarded: boolean;
}

export interface ItemOutcome {
  readonly status: ReviewStatus;
  /** The action that counts; null while the item is open, in conflict or discarded. */
  readonly finalAction: Action | null;
}

/** The status of an item is a function of what is in force, so that taking anything back restores what was before. */
export function outcomeOf({ required, labels, adjudicated, discarded }: ItemFacts): ItemOutcome {
  if (discarded) return { status: 'discarded', finalAction: null };
  if (adjudicated !== null) return { status: 'adjudicated', finalAction: adjudicated };
  const [first] = labels;
  if (first === undefined) return { status: 'pending', finalAction: null };
  if (labels.some((action) => action !== first)) return { status: 'conflict', finalAction: null };
  if (labels.length < required) return { status: 'needs_second', finalAction: null };
  return { status: 'submitted', finalAction: first };
}

/** Statuses in which an item still takes labels. */
export const OPEN_STATUSES: readonly ReviewStatus[] = ['pending', 'needs_second'];
