import type { ScenarioMessage } from '../corpus/scenario.ts';
import { randomFrom } from '../random/random.ts';
import { disguise } from './disguise.ts';
import { mutate } from './mutators/mutate.ts';

/** Mutations of one message at one depth are drawn from this many variants, so that equal draws can be shared. */
export const MUTATION_VARIANTS = 32;
/** Most mutators that one mutation composes. */
export const MAX_DEPTH = 3;

/** Mutated messages, a pure function of (source, variant, depth); the oldest leave first. */
export interface MutationCache {
  variant(source: ScenarioMessage, variant: number, depth: number): ScenarioMessage;
}

const KEPT = 8_192;

export function createMutationCache(): MutationCache {
  const bySource = new WeakMap<ScenarioMessage, Map<number, ScenarioMessage>>();
  const order: { source: ScenarioMessage; key: number }[] = [];
  let oldest = 0;
  return {
    variant(source, variant, depth) {
      let known = bySource.get(source);
      if (known === undefined) bySource.set(source, (known = new Map<number, ScenarioMessage>()));
      const key = depth * MUTATION_VARIANTS + variant;
      const found = known.get(key);
      if (found !== undefined) return found;
      const made = mutated(source, variant, depth);
      known.set(key, made);
      const evicted = order[oldest];
      if (evicted !== undefined) bySource.get(evicted.source)?.delete(evicted.key);
      order[oldest] = { source, key };
      oldest = (oldest + 1) % KEPT;
      return made;
    },
  };
}

/** The source itself when it is benign or holds nothing that could be disguised. */
function mutated(source: ScenarioMessage, variant: number, depth: number): ScenarioMessage {
  if (!source.truth.malicious) return source;
  const telling = mutate(source, randomFrom(variant, 'mutation', source.origin, depth), depth);
  return telling === source ? (disguise(source, randomFrom(variant, 'disguise', source.origin, depth)) ?? source) : telling;
}
