import type { Action, Capability, PerAction } from './actions.ts';
import type { MessageKind } from './messages.ts';
import type { Phase } from './observation.ts';

export const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** What only the environment knows. Revealed in a step's info, after the action. */
export interface GroundTruth {
  readonly malicious: boolean;
  /** Taxonomy name such as `tool_poisoning`; `none`, `hard_negative` or `benign_drift` when benign. */
  readonly vector: string;
  /** Mutators applied, outermost last; empty when the text is plain. */
  readonly obfuscation: readonly string[];
  /** The message lets code of the server's choosing run over its STDIO channel. */
  readonly stdioEscape: boolean;
  /** Malicious: the capabilities the threat needs. Benign: those the message needs to work. */
  readonly needs: readonly Capability[];
  /** The lightest action that suffices. */
  readonly fitting: Action;
  /** Set when the message is one step of an attack chain. */
  readonly chain?: { readonly id: string; readonly stage: 'recon' | 'staging' | 'exfiltration' | 'escape' };
}

export const VERDICTS = ['TP', 'TN', 'FP', 'FN'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The four components; `total` is their sum, or -1 after a breach. */
export interface RewardBreakdown {
  readonly security: number;
  readonly usability: number;
  readonly latency: number;
  readonly format: number;
  readonly total: number;
  /** Named parts of `usability`, for display; they sum to it. */
  readonly usabilityParts: { readonly [part: string]: number };
}

export const VERIFIER_FLAGS = [
  'needs_stdio_revoke',
  'repeated_allow_risk',
  'rationale_suspicious',
  'reward_hacking_detected',
  'missing_restrictions',
  'contradictory_allow',
  'monotonic_action',
] as const;
export type VerifierFlag = (typeof VERIFIER_FLAGS)[number];

export interface VerifierReport {
  readonly flags: readonly VerifierFlag[];
  readonly risk: 'low' | 'medium' | 'high' | 'critical';
}

/** What the semantic critic measured; null when there was no reference to compare with. */
export interface CriticReport {
  readonly reference: 'pinned_baseline' | 'surface_text' | 'user_task';
  /** Combined drift, 0..1. */
  readonly drift: number;
  readonly threshold: number;
  readonly driftFound: boolean;
  /** 0.1..0.8: what a catch earns. */
  readonly score: number;
  readonly parts: { readonly embedding: number; readonly lexical: number; readonly structural: number };
  /** Character ranges in the candidate text that differ most, at most 8. */
  readonly spans: readonly { readonly start: number; readonly end: number }[];
}

/** What became of the message. */
export type EffectOutcome = 'forwarded' | 'rejected' | 'held' | 'released' | 'drift_found' | 'no_drift' | 'mediated' | 'severed';

/** The answer a defender gives to the environment. */
export interface DefenderAction {
  readonly action: Action;
  readonly confidence?: number;
  readonly rationale?: string;
  readonly restrictions?: readonly Capability[];
  /** How long the decision took, milliseconds; over the deadline it costs ticks. */
  readonly decisionMs?: number;
  /** Cosine distance 0..2 of reference and candidate from a model embedder; absent: the engine's own. */
  readonly embeddingDistance?: number;
}

/** Everything one step reveals after its action. */
export interface StepInfo {
  readonly verdict: Verdict;
  readonly outcome: EffectOutcome;
  readonly truth: GroundTruth;
  readonly reward: RewardBreakdown;
  readonly verifier: VerifierReport;
  readonly critic: CriticReport | null;
  /** Ticks this step consumed. */
  readonly ticks: number;
  /** True when the message was the adversary's mutated answer to a block. */
  readonly retry: boolean;
  /** What each of the six actions would have been worth here, restrictions as proposed by the analysers. */
  readonly counterfactual: PerAction | null;
}

export interface EpisodeSummary {
  readonly steps: number;
  readonly reward: number;
  /** F1 less the cost overrun, 0..1. */
  readonly score: number;
  readonly breached: boolean;
  readonly truePositives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly ticksUsed: number;
}

/** The figures of one curriculum phase. */
export interface PhaseRates {
  readonly malicious: number;
  readonly obfuscated: number;
  readonly stdio: number;
}

/** Everything an episode depends on besides seed, corpus and actions. Serialisable; stored with each episode. */
export interface EnvironmentConfig {
  readonly split: Split;
  /** Messages in a whole episode. */
  readonly episodeLength: number;
  /** Ticks in an episode's latency budget. */
  readonly budgetTicks: number;
  /** A decision slower than this, milliseconds, costs extra ticks. */
  readonly decisionDeadlineMs: number;
  /** Probability that a blocked attack comes back mutated, 0..1. */
  readonly retryProbability: number;
  readonly curriculum: {
    readonly alpha: number;
    readonly thresholds: readonly [number, number];
    readonly minEpisodes: number;
    readonly phases: { readonly [P in Phase]: PhaseRates };
  };
  readonly critic: {
    /** `hashed` (the engine's own) or the id of a model embedder. */
    readonly embedder: string;
    readonly threshold: number;
    readonly weights: { readonly embedding: number; readonly lexical: number; readonly structural: number };
  };
}

/** Where the curriculum stands; part of what is stored. */
export interface CurriculumState {
  readonly phase: Phase;
  /** Exponential moving average of episode scores, 0..1. */
  readonly average: number;
  readonly episodesInPhase: number;
}

export interface MessageDigest {
  readonly kind: MessageKind;
  readonly server: string;
  readonly tool: string | null;
}
