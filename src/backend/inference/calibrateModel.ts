import type { Action } from '../../contract/actions.ts';
import type { ModelId } from '../../contract/ids.ts';
import type { Calibration } from '../../contract/models.ts';
import { fitCalibration, fitFalseAlarmCost, type CalibrationPoint, type FittedCalibration } from './calibration.ts';
import type { InferenceService } from './inferenceService.ts';

/** What a calibration is fitted on: the rendered message and the action that fits it. */
export interface CalibrationRow {
  readonly body: string;
  readonly fitting: Action;
}

export interface CalibrateModelOptions {
  readonly service: Pick<InferenceService, 'registry' | 'loadDecisionModel'>;
  readonly id: ModelId;
  readonly rows: AsyncIterable<CalibrationRow> | Iterable<CalibrationRow>;
  /** Fit a bias for each class beside the temperature; only with rows mixed as in use. */
  readonly bias: boolean;
  /** The rows in words, kept in the manifest. */
  readonly fittedOn: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (rows: number) => void;
}

export interface CalibrateModelResult {
  readonly calibration: Calibration;
  readonly fitted: FittedCalibration;
  /** Rows left out because the message does not fit the model's context. */
  readonly tooLong: number;
}

/**
 * Fits a calibration through the very file that ships and writes it into the manifest.
 *
 * @throws RangeError when no row could be scored; InferenceError as loading does; the signal's reason when it aborts
 */
export async function calibrateModel(options: CalibrateModelOptions): Promise<CalibrateModelResult> {
  const { service, id, signal } = options;
  const entry = service.registry.entry(id);
  const model = await service.loadDecisionModel(id, signal === undefined ? {} : { signal });
  const points: CalibrationPoint[] = [];
  let tooLong = 0;
  try {
    for await (const row of options.rows) {
      const score = await model.score(() => row.body, signal);
      if (score.kind === 'scored') points.push({ logits: score.logits, fitting: row.fitting });
      else tooLong++;
      options.onProgress?.(points.length + tooLong);
    }
  } finally {
    await model.dispose();
  }
  const fitted = fitCalibration(points, { bias: options.bias });
  const falseAlarmCost = fitFalseAlarmCost(points, fitted.temperature, fitted.bias);
  const calibration: Calibration = {
    modelSha256: entry.sha256,
    temperature: fitted.temperature,
    bias: [...fitted.bias],
    ...(falseAlarmCost === null ? {} : { falseAlarmCost }),
    fittedOn: options.fittedOn,
    rows: points.length,
    eceBefore: fitted.eceBefore,
    eceAfter: fitted.eceAfter,
  };
  await service.registry.saveCalibration(id, calibration);
  return { calibration, fitted, tooLong };
}
