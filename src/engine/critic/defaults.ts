import type { EnvironmentConfig } from '../../contract/episodes.ts';

/** Weights and threshold of the semantic critic with the engine's own embedding. */
export const DEFAULT_CRITIC: EnvironmentConfig['critic'] = {
  embedder: 'hashed',
  threshold: 0.36,
  weights: { embedding: 0.25, lexical: 0.9, structural: 0.8 },
};
