import type { EnvironmentConfig } from '../../contract/episodes.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import { checkCalibration } from '../inference/modelRegistry.ts';

/**
 * The configuration with a model embedder in the semantic critic, at the weights and the threshold that were
 * calibrated for it; without a calibration the configuration's own stay.
 * @throws InferenceError when the entry is no embedder, or its calibration was fitted on another file
 */
export function withCriticEmbedder(config: EnvironmentConfig, entry: ModelEntry): EnvironmentConfig {
  if (entry.role !== 'embedder') throw new InferenceError('incompatible', `${entry.id} is no embedder; choose a model with that role.`);
  checkCalibration(entry);
  const { weights, threshold } = entry.criticCalibration ?? config.critic;
  return { ...config, critic: { embedder: entry.id, weights, threshold } };
}
