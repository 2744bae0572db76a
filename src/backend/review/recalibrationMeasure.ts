import type { CriticReport } from '../../contract/episodes.ts';
import type { ModelId } from '../../contract/ids.ts';
import type { RecalibrationReport } from '../../contract/review.ts';
import type { CalibrationPoint } from '../inference/calibration.ts';
import { labelledItems } from './labelledItem.ts';
import { logitsOf, recalibrateTemperature, recalibrateThreshold, type DriftPoint } from './recalibration.ts';
import type { ReviewStore } from './reviewStore.ts';

/** What labels are held against. */
export interface RecalibrationBasis {
  /** Embedder of the critic in force. */
  readonly embedder: string;
  /** The critic's threshold in force. */
  readonly threshold: number;
  /** Models with the temperature in force; null: without calibration. */
  readonly models: readonly { readonly id: ModelId; readonly sha256: string; readonly temperature: number | null }[];
}

export type MeasuredRecalibration = Pick<RecalibrationReport, 'threshold' | 'temperatures'>;

/** Threshold and temperatures refitted on all labels. @throws the signal's reason */
export async function measureRecalibration(
  store: ReviewStore,
  basis: RecalibrationBasis,
  signal?: AbortSignal,
): Promise<MeasuredRecalibration> {
  const { drifts, decisions } = await labelledPoints(store, basis, signal);
  return {
    threshold: drifts.length === 0 ? null : recalibrateThreshold(drifts, basis.threshold),
    temperatures: basis.models.flatMap(({ id, temperature }) => {
      const points = decisions.get(id) ?? [];
      return temperature === null || points.length === 0 ? [] : [{ model: id, ...recalibrateTemperature(points, temperature) }];
    }),
  };
}

/** Labelled drifts of the embedder in force, and labelled decisions by model; each model's file must be the one that decided. */
async function labelledPoints(store: ReviewStore, { embedder, models }: RecalibrationBasis, signal: AbortSignal | undefined) {
  const drifts: DriftPoint[] = [];
  const decisions = new Map<ModelId, CalibrationPoint[]>();
  const shas = new Map(models.map(({ id, sha256 }) => [id, sha256]));
  for await (const { evidence, action, label } of labelledItems(store, signal)) {
    if (evidence.critic !== null && evidence.embedder === embedder && measuredBy(embedder, evidence.critic)) {
      drifts.push({ drift: evidence.critic.drift, malicious: label === 'malicious' });
    }
    for (const lane of [evidence.lanes.baseline, evidence.lanes.trained]) {
      if (lane === null || lane.temperature === null || lane.decision.abstention !== null) continue;
      if (shas.get(lane.model.id) !== lane.model.sha256) continue;
      const points = decisions.get(lane.model.id) ?? [];
      points.push({ logits: logitsOf(lane.decision.probabilities, lane.temperature), fitting: action });
      decisions.set(lane.model.id, points);
    }
  }
  return { drifts, decisions };
}

/** A model embedder measures pinned definitions only; all else has the engine's own threshold, which its labels say nothing about. */
function measuredBy(embedder: string, { reference }: CriticReport): boolean {
  return embedder === 'hashed' || reference === 'pinned_baseline';
}
