import type { Confidence, DisputeCause, ReviewItem, ReviewSort, ReviewSource, ReviewState, SkipReason } from '../../../contract/review.ts';

export const CAUSE_NAMES: { readonly [C in DisputeCause]: string } = {
  near_threshold: 'Near the threshold',
  critic_disagrees: 'Critic disagrees',
  models_disagree: 'Models disagree',
  analyst_flag: 'Flagged',
};

/** What a cause means, in one sentence. */
export const CAUSE_NOTES: { readonly [C in DisputeCause]: string } = {
  near_threshold: 'The drift lies within 0.05 of the critic’s threshold.',
  critic_disagrees: 'The critic finds drift where the defender allows, or none where it stops the message.',
  models_disagree: 'Exactly one of the two models chose SEMANTIC_DIFF.',
  analyst_flag: 'An analyst sent it here or asked for a second opinion.',
};

export const STATE_NAMES: { readonly [S in ReviewState]: string } = {
  pending: 'Pending',
  reserved: 'Reserved',
  draft: 'Draft',
  needs_second: 'Needs second',
  submitted: 'Submitted',
  conflict: 'Conflict',
  adjudicated: 'Adjudicated',
  discarded: 'Discarded',
};

export const SOURCE_NAMES: { readonly [S in ReviewSource]: string } = { live: 'Live', replay: 'Replay', gateway: 'Gateway' };

export const SORT_NAMES: { readonly [S in ReviewSort]: string } = {
  uncertainty: 'Most uncertain',
  newest: 'Newest',
  oldest: 'Oldest',
  severity: 'Most severe',
};

export const SKIP_NAMES: { readonly [S in SkipReason]: string } = {
  unsure: 'Unsure',
  needs_an_expert: 'Needs an expert',
  evidence_incomplete: 'Evidence incomplete',
  later: 'Later',
};

export const CONFIDENCE_NAMES: { readonly [C in Confidence]: string } = { low: 'Low', medium: 'Medium', high: 'High' };

export const REFERENCE_NAMES: { readonly [R in NonNullable<ReviewItem['reference']>['kind']]: string } = {
  pinned_baseline: 'pinned definition',
  surface_text: 'surface text',
  user_task: 'user task',
};
