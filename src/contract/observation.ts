import type { Action, Capability } from './actions.ts';
import type { GatewayMessage, MessageKind } from './messages.ts';

/**
 * A property of the text that any gateway could compute. Hints never say whether
 * a message is malicious: each of them occurs in benign traffic too.
 */
export interface Hint {
  /** Stable machine name, e.g. `base64_layer`. */
  readonly code: string;
  /** Short words for people and for the prompt, e.g. `base64 layer in description`. */
  readonly text: string;
  /** JSON pointer to the field it was found in, when there is one. */
  readonly pointer?: string;
}

/** One layer of encoding that was taken off. */
export interface DecodedLayer {
  readonly encoding:
    | 'base64'
    | 'hex'
    | 'url'
    | 'rot13'
    | 'zero_width'
    | 'bidi'
    | 'homoglyph'
    | 'unicode_tags'
    | 'split'
    | 'json'
    | 'html_entities'
    | 'reversed'
    | 'leet';
  readonly pointer: string;
  /** The decoded text, at most 2,000 characters. */
  readonly text: string;
}

/** What a past decision led to, as far as a gateway can see it. */
export interface MemoryEntry {
  readonly kind: MessageKind;
  readonly server: string;
  readonly action: Action;
  readonly outcome: 'forwarded' | 'rejected' | 'held' | 'released' | 'drift_found' | 'no_drift' | 'mediated' | 'severed';
}

/** All that a defender sees. Holds no label and nothing derived from one. */
export interface Observation {
  readonly message: GatewayMessage;
  /** Untrusted text of the message after normalisation, at most 8,000 characters. */
  readonly normalizedText: string;
  readonly layers: readonly DecodedLayer[];
  readonly hints: readonly Hint[];
  /** Capabilities that the message exercises, as far as its text tells. */
  readonly exercised: readonly Capability[];
  /** L2-normalised hashed n-gram embedding of `normalizedText`, 64 numbers. */
  readonly embedding: readonly number[];
  /** Ticks left of the episode's latency budget; may be negative. */
  readonly budgetLeft: number;
  /** Past decisions of this episode, oldest first, at most 8. */
  readonly memory: readonly MemoryEntry[];
  /** For telemetry only; no prompt contains it. */
  readonly phase: Phase;
}

export const PHASES = ['bootstrapping', 'evasion_obfuscation', 'chained_exploitation'] as const;
export type Phase = (typeof PHASES)[number];
