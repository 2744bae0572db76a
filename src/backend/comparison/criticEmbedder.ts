import type { EnvironmentConfig } from '../../contract/episodes.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { InferenceError } from '../inference/inferenceError.ts';

/**
 * The configuration with a model embedder in the semantic critic, at the drift threshold that was
 * calibrated for it; without one the configuration's own threshold stays.
 * @throws InferenceError when the entry is no embedder
 */
export function withCriticEmbedder(config: EnvironmentConfig, entry: ModelEntry): EnvironmentConfig {
  if (entry.role !== 'embedder') throw new InferenceError('incompatible', `${entry.id} is no embedder; choose a model with that role.`);
  return { ...config, critic: { ...config.critic, embedder: entry.id, threshold: entry.criticThreshold ?? config.critic.threshold } };
}
