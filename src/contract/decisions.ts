import type { Action, Capability, PerAction } from './actions.ts';

/** A piece of deterministic evidence shown with a decision. */
export interface Evidence {
  readonly code: string;
  readonly text: string;
  readonly pointer?: string;
}

/** Why a model gave no usable answer; the action is then the safe fallback. */
export type Abstention = 'label_mass_low' | 'input_too_long' | 'ambiguous' | 'model_failed';

/** What a defender returns for one observation. */
export interface Decision {
  readonly action: Action;
  /** Calibrated probabilities, sum 1. */
  readonly probabilities: PerAction;
  /** Expected cost of each action under the cost matrix in force; null when the argmax decided. */
  readonly expectedCost: PerAction | null;
  /** Probability of `action`, 0..1. */
  readonly confidence: number;
  /** Share of the whole vocabulary's probability that lies on the six labels, 0..1. */
  readonly labelMass: number;
  /** Capabilities taken away; empty unless the action is CAPABILITY_MEDIATION. */
  readonly restrictions: readonly Capability[];
  /** One or two sentences built from the evidence. */
  readonly rationale: string;
  readonly evidence: readonly Evidence[];
  readonly abstention: Abstention | null;
  /** Wall time of the decision in milliseconds, prompt building included. */
  readonly decisionMs: number;
  /** Tokens evaluated for this decision (not found in the KV cache). */
  readonly newTokens: number;
}

export const COST_PRESETS = ['strict', 'balanced', 'permissive'] as const;
export type CostPreset = (typeof COST_PRESETS)[number];
