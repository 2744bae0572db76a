import type { ModelId } from '../../contract/ids.ts';
import type { CriticCalibration } from '../../contract/models.ts';
import type { EditPair } from '../datasets/editPair.ts';
import type { InferenceService } from '../inference/inferenceService.ts';
import { fitCritic, type FittedCritic, type MeasuredEdit } from './fitCritic.ts';

export type CalibrationPair = Pick<EditPair, 'reference' | 'candidate' | 'label' | 'lexical' | 'structural'>;

export interface CalibrateCriticOptions {
  readonly service: Pick<InferenceService, 'registry' | 'loadEmbedder'>;
  readonly id: ModelId;
  /** Edits that the embedder was not trained on. */
  readonly pairs: AsyncIterable<CalibrationPair> | Iterable<CalibrationPair>;
  /** Share of benign edits that may reach the threshold, 0..1. */
  readonly fprTarget: number;
  /** The pairs in words, kept in the manifest. */
  readonly fittedOn: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (pairs: number) => void;
}

/**
 * Fits the critic's weights and threshold with an embedder, through the very file that ships, and writes them into the manifest.
 *
 * @throws RangeError when benign or harmful edits are missing; InferenceError as loading does; the signal's reason when it aborts
 */
export async function calibrateCritic(
  options: CalibrateCriticOptions,
): Promise<{ readonly calibration: CriticCalibration; readonly fitted: FittedCritic }> {
  const { service, id, fprTarget, fittedOn, signal } = options;
  const entry = service.registry.entry(id);
  const embedder = await service.loadEmbedder(id, signal === undefined ? {} : { signal });
  const edits: MeasuredEdit[] = [];
  try {
    for await (const { reference, candidate, label, lexical, structural } of options.pairs) {
      signal?.throwIfAborted();
      const distance = await embedder.distance(reference, candidate);
      edits.push({ distance, lexical, structural, harmful: label === 'malicious' });
      options.onProgress?.(edits.length);
    }
  } finally {
    await embedder.dispose();
  }
  const fitted = fitCritic(edits, fprTarget);
  const calibration: CriticCalibration = {
    modelSha256: entry.sha256,
    threshold: fitted.threshold,
    weights: { ...fitted.weights },
    fprTarget,
    fittedOn,
    rows: edits.length,
  };
  await service.registry.saveCriticCalibration(id, calibration);
  return { calibration, fitted };
}
