import type { CriticReport, EnvironmentConfig } from '../../contract/episodes.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { compareWithReference } from '../../engine/critic/critic.ts';
import { editTexts } from '../../engine/critic/editTexts.ts';
import type { Embedder } from '../inference/embedder.ts';

/**
 * The critic's report on a message, with a model's distance where the message adds to a pinned definition. Null when the
 * message has no reference.
 * @param critic weights and threshold, calibrated for `embedder`; the engine's own without one
 * @throws InferenceError as the embedder does
 */
export async function measureDrift(
  message: GatewayMessage,
  critic: EnvironmentConfig['critic'],
  embedder: Pick<Embedder, 'distance'> | null,
): Promise<CriticReport | null> {
  const texts = embedder === null ? null : editTexts(message);
  const distance = embedder === null || texts === null ? undefined : await embedder.distance(texts.reference, texts.candidate);
  return compareWithReference(message, analyze(message), critic, distance);
}
