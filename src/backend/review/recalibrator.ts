import type { EnvironmentConfig } from '../../contract/episodes.ts';
import type { ModelId } from '../../contract/ids.ts';
import type { Calibration, ModelEntry } from '../../contract/models.ts';
import type { AnalystId, RecalibrationReport } from '../../contract/review.ts';
import { LEAST_LABELS, LEAST_OF_EACH_SIDE } from './recalibration.ts';
import type { MeasuredRecalibration, RecalibrationBasis } from './recalibrationMeasure.ts';
import { ReviewError } from './reviewError.ts';
import type { ReviewStore } from './reviewStore.ts';

export interface RecalibratorOptions {
  readonly store: ReviewStore;
  readonly critic: EnvironmentConfig['critic'];
  /** Entries of the registry as they ship. */
  readonly models: () => readonly ModelEntry[];
  /** Refits on all labels, away from the event loop. */
  readonly measure: (basis: RecalibrationBasis) => Promise<MeasuredRecalibration>;
  readonly now: () => Date;
}

export interface RecalibrationRequest {
  readonly analyst: AnalystId;
  readonly kind: 'threshold' | 'temperature';
  readonly model?: ModelId | undefined;
  readonly to: 'labels' | 'shipped';
}

const HISTORY = 20;

/**
 * Figures refitted from labels. What ships is never changed: a recalibration is a row in the store that takes its place
 * until the next one.
 */
export class Recalibrator {
  private readonly options: RecalibratorOptions;

  constructor(options: RecalibratorOptions) {
    this.options = options;
  }

  /** The critic's threshold in force. */
  threshold(): number {
    const { critic } = this.options;
    return this.latest('threshold', critic.embedder, null)?.after ?? critic.threshold;
  }

  /** The calibration in force for a model; null when it ships without one. */
  calibrationOf(entry: ModelEntry): Calibration | null {
    const { calibration } = entry;
    const row = this.latest('temperature', entry.id, entry.sha256);
    if (calibration === null || row === null || row.after === null) return calibration;
    return { ...calibration, temperature: row.after, fittedOn: `${calibration.fittedOn}; temperature refitted on review labels` };
  }

  /** Changes with every recalibration. */
  revision(): number {
    return this.options.store.recalibrations().length;
  }

  async report(): Promise<RecalibrationReport> {
    const { critic, models, measure } = this.options;
    const { threshold, temperatures } = await measure({
      embedder: critic.embedder,
      threshold: this.threshold(),
      models: models().map((entry) => ({
        id: entry.id,
        sha256: entry.sha256,
        temperature: this.calibrationOf(entry)?.temperature ?? null,
      })),
    });
    return {
      least: LEAST_LABELS,
      leastOfEachSide: LEAST_OF_EACH_SIDE,
      threshold,
      temperatures,
      history: this.options.store
        .recalibrations()
        .slice(-HISTORY)
        .map(({ at, name, kind, model, before, after }) => ({
          at,
          analyst: name,
          kind,
          model: kind === 'temperature' ? (model as ModelId) : null,
          before,
          after,
        }))
        .toReversed(),
    };
  }

  async apply(request: RecalibrationRequest): Promise<RecalibrationReport> {
    this.options.store.profile(request.analyst);
    const report = await this.report();
    if (request.kind === 'threshold') this.applyThreshold(request, report);
    else this.applyTemperature(request, report);
    return this.report();
  }

  private applyThreshold({ analyst, to }: RecalibrationRequest, { threshold }: RecalibrationReport): void {
    const { embedder } = this.options.critic;
    if (to === 'shipped') {
      this.write(analyst, { kind: 'threshold', model: embedder, model_sha256: null, before: this.threshold(), after: null });
      return;
    }
    if (threshold === null || threshold.items < LEAST_LABELS) throw tooFew(threshold?.items ?? 0);
    if (Math.min(threshold.malicious, threshold.items - threshold.malicious) < LEAST_OF_EACH_SIDE) {
      throw new ReviewError(
        'INVALID_STATE',
        `A threshold needs at least ${LEAST_OF_EACH_SIDE} benign and ${LEAST_OF_EACH_SIDE} malicious items; nothing was changed.`,
      );
    }
    const { before, after } = threshold;
    this.write(analyst, { kind: 'threshold', model: embedder, model_sha256: null, before: before.threshold, after: after.threshold });
  }

  private applyTemperature({ analyst, model, to }: RecalibrationRequest, { temperatures }: RecalibrationReport): void {
    const entry = this.options.models().find(({ id }) => id === model);
    const calibration = entry === undefined ? null : this.calibrationOf(entry);
    if (entry === undefined || calibration === null) throw new ReviewError('NOT_FOUND', 'There is no calibrated model of this name.');
    const subject = { kind: 'temperature', model: entry.id, model_sha256: entry.sha256 } as const;
    if (to === 'shipped') {
      this.write(analyst, { ...subject, before: calibration.temperature, after: null });
      return;
    }
    const found = temperatures.find(({ model: id }) => id === entry.id);
    if (found === undefined || found.items < LEAST_LABELS) throw tooFew(found?.items ?? 0);
    if (!found.fits) throw new ReviewError('INVALID_STATE', 'The labels contradict the model at every temperature; nothing was changed.');
    this.write(analyst, { ...subject, before: calibration.temperature, after: found.after.temperature });
  }

  private write(analyst: AnalystId, row: Omit<Parameters<ReviewStore['addRecalibration']>[0], 'at' | 'analyst'>): void {
    const { store, now } = this.options;
    const at = now().toISOString();
    store.transaction(() => {
      store.addRecalibration({ at, analyst, ...row });
      const { kind, model, before, after } = row;
      store.record({ at, analyst, item: null, type: 'recalibrated', detail: { kind, model, before, after } });
    });
  }

  private latest(kind: 'threshold' | 'temperature', model: string, sha256: string | null) {
    return (
      this.options.store.recalibrations().findLast((row) => row.kind === kind && row.model === model && row.model_sha256 === sha256) ?? null
    );
  }
}

function tooFew(items: number): ReviewError {
  return new ReviewError('INVALID_STATE', `${LEAST_LABELS} labelled items are needed, there are ${items}; nothing was changed.`);
}
