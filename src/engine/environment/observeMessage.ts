import type { GatewayMessage } from '../../contract/messages.ts';
import type { MemoryEntry, Observation, Phase } from '../../contract/observation.ts';
import { analyze } from '../analysis/analyze.ts';
import { DEFAULT_CONFIG } from './defaults.ts';

export interface ObserveOptions {
  /** Ticks left of the latency budget; by default a whole one. */
  readonly budgetLeft?: number;
  readonly memory?: readonly MemoryEntry[];
  readonly phase?: Phase;
}

const NO_MEMORY: readonly MemoryEntry[] = [];

/** What a defender sees of one message: a function of the message and of what the gateway did before, never of the truth. */
export function observeMessage(message: GatewayMessage, options: ObserveOptions = {}): Observation {
  const { normalizedText, layers, hints, exercised, embedding } = analyze(message);
  return {
    message,
    normalizedText,
    layers,
    hints,
    exercised,
    embedding,
    budgetLeft: options.budgetLeft ?? DEFAULT_CONFIG.budgetTicks,
    memory: options.memory ?? NO_MEMORY,
    phase: options.phase ?? 'bootstrapping',
  };
}
