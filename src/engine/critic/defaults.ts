import type { EnvironmentConfig } from '../../contract/episodes.ts';

/** Weights and threshold of the semantic critic with the engine's own embedding. */
export const DEFAULT_CRITIC: EnvironmentConfig['critic'] = {
  embedder: 'hashed',
  threshold: 0.3,
  weights: { embedding: 0.2, lexical: 0.5, structural: 0.3 },
};
