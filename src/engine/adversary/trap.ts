import type { EffectOutcome } from '../../contract/episodes.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';
import { firstDifference } from '../environment/difference.ts';
import { isBlocked } from '../environment/effects.ts';
import { randomFrom, type Random } from '../random/random.ts';
import type { StreamMessage } from './baseStream.ts';
import { MAX_DEPTH, MUTATION_VARIANTS, type MutationCache } from './mutations.ts';

/**
 * The adversary's answer to a block, as it is kept in the episode's state: which message of the
 * base stream comes back, in which variant, and how many times this attack was blocked by then.
 */
export interface Retry {
  readonly source: number;
  readonly variant: number;
  readonly generation: number;
}

/** What the adversary needs to know about the step it answers. */
export interface TrapInput {
  readonly seed: number;
  readonly position: number;
  readonly retryProbability: number;
  /** The base stream of the episode. */
  readonly stream: readonly StreamMessage[];
  readonly mutations: MutationCache;
  /** The message that was decided. */
  readonly scenario: ScenarioMessage;
  readonly outcome: EffectOutcome;
  /** Set when that message was itself a retry. */
  readonly retry: Retry | null;
}

/** Variants that the adversary tries before it gives an attack up as impossible to disguise. */
const ATTEMPTS = 8;

/**
 * Recursive self-correction: a malicious message that was blocked comes back as a mutated variant
 * with the given probability, and that variant may come back in turn, composed of up to one mutator
 * more each time. It draws from the lane's own path, so the base stream never shifts. An attack that
 * cannot be disguised without breaking does not come back.
 *
 * Only attacks come back, so a retry tells the defender something about the message it blocked. That
 * is no leak: it is what an adversary does, in front of any gateway.
 */
export function answerToBlock(input: TrapInput): Retry | null {
  const { scenario, retry } = input;
  if (!scenario.truth.malicious || !isBlocked(input.outcome)) return null;
  const random = randomFrom(input.seed, 'adversary', input.position);
  if (!random.chance(input.retryProbability)) return null;
  const source = retry?.source ?? input.position;
  return disguised(input, source, (retry?.generation ?? 0) + 1, random);
}

/** The first variant drawn that differs from the message that was just blocked. */
function disguised(input: TrapInput, source: number, generation: number, random: Random): Retry | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const retry: Retry = { source, variant: random.int(MUTATION_VARIANTS), generation };
    const answer = retryMessage(input.mutations, input.stream, retry);
    if (answer.truth.obfuscation.length > 0 && firstDifference(input.scenario.message, answer.message) !== null) return retry;
  }
  return null;
}

/** The message that a retry puts in the place of the next one. */
export function retryMessage(mutations: MutationCache, stream: readonly StreamMessage[], retry: Retry): ScenarioMessage {
  const source = stream[retry.source];
  if (source === undefined) throw new RangeError(`no message of the base stream at position ${retry.source}`);
  return mutations.variant(source.plain, retry.variant, Math.min(MAX_DEPTH, retry.generation));
}
