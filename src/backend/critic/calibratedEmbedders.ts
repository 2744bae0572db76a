import type { ModelEntry, ModelStatus } from '../../contract/models.ts';

/** Embedders that the critic was calibrated with and whose files nothing speaks against; the first one is the critic's choice. */
export function calibratedEmbedders(statuses: readonly ModelStatus[]): readonly ModelEntry[] {
  return statuses
    .filter(({ entry, problem }) => entry.role === 'embedder' && entry.criticCalibration !== undefined && problem === null)
    .map(({ entry }) => entry);
}
