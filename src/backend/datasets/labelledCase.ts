import type { Action, PerAction } from '../../contract/actions.ts';
import type { MessageKind } from '../../contract/messages.ts';
import type { Observation } from '../../contract/observation.ts';

export const LABELS = ['benign', 'malicious'] as const;
export type Label = (typeof LABELS)[number];

/** What a defender sees, and beside it, never inside it, the truth about it. */
export interface LabelledCase {
  readonly id: string;
  readonly source: string;
  /** Cases of one group share a template or payload; a group never lies in two splits. */
  readonly group: string;
  readonly kind: MessageKind;
  readonly label: Label;
  readonly vector: string;
  /** The lightest action that suffices. */
  readonly fitting: Action;
  /** All actions that count as right, `fitting` among them. */
  readonly acceptable: readonly Action[];
  /** Reward of each action for this case alone. */
  readonly rewards: PerAction;
  readonly observation: Observation;
}
