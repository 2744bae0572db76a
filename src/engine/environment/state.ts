import type { MemoryEntry, Phase } from '../../contract/observation.ts';
import type { Retry } from '../adversary/trap.ts';
import type { VerdictCounts } from './score.ts';

/** Past decisions that an observation shows. */
export const MEMORY_LENGTH = 8;

/**
 * Everything an episode needs to go on, beside its environment: immutable and plain JSON.
 * Random numbers are derived from `seed` and `position`, so the state holds no generator.
 */
export interface EpisodeState {
  readonly seed: number;
  readonly phase: Phase;
  /** Position in the base stream of the message to be decided; also the number of steps played. */
  readonly position: number;
  readonly ticksUsed: number;
  /** Sum of the totals so far. */
  readonly reward: number;
  readonly counts: VerdictCounts;
  /** At most `MEMORY_LENGTH`, oldest first. */
  readonly memory: readonly MemoryEntry[];
  /** Set when the message to be decided is the adversary's answer to the last block. */
  readonly retry: Retry | null;
  readonly finished: 'breach' | 'complete' | null;
}
