import type { EffectOutcome } from '../../contract/episodes.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';
import { isBlocked } from '../environment/effects.ts';
import { randomFrom } from '../random/random.ts';
import { MAX_DEPTH, MUTATION_VARIANTS, type MutationCache } from './mutations.ts';

/**
 * The adversary's answer to a block, as it is kept in the episode's state: which message of the
 * base stream comes back, and in which variant each time, the latest last.
 */
export interface Retry {
  readonly source: number;
  readonly variants: readonly number[];
}

/** What the adversary needs to know about the step it answers. */
export interface TrapInput {
  readonly seed: number;
  readonly position: number;
  readonly retryProbability: number;
  readonly scenario: ScenarioMessage;
  readonly outcome: EffectOutcome;
  /** Set when the message was itself a retry. */
  readonly retry: Retry | null;
}

/**
 * Recursive self-correction: a malicious message that was blocked comes back as a mutated variant
 * with the given probability, and its variant may come back in turn, composed of up to one mutator
 * more each time. It draws from the lane's own path, so the base stream never shifts.
 *
 * Only attacks come back, so a retry tells the defender something about the message it blocked. That
 * is no leak: it is what an adversary does, in front of any gateway.
 */
export function answerToBlock(input: TrapInput): Retry | null {
  if (!input.scenario.truth.malicious || !isBlocked(input.outcome)) return null;
  const random = randomFrom(input.seed, 'adversary', input.position);
  if (!random.chance(input.retryProbability)) return null;
  const { retry } = input;
  if (retry === null) return { source: input.position, variants: [random.int(MUTATION_VARIANTS)] };
  const last = retry.variants.at(-1) ?? 0;
  const other = (last + 1 + random.int(MUTATION_VARIANTS - 1)) % MUTATION_VARIANTS;
  return { source: retry.source, variants: [...retry.variants, other] };
}

/** The message that a retry puts in the place of the next one. */
export function retryMessage(mutations: MutationCache, stream: readonly ScenarioMessage[], retry: Retry): ScenarioMessage {
  const source = stream[retry.source];
  const variant = retry.variants.at(-1);
  if (source === undefined || variant === undefined) throw new RangeError(`no message of the base stream at position ${retry.source}`);
  return mutations.variant(source, variant, Math.min(MAX_DEPTH, retry.variants.length));
}
