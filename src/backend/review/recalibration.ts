import { ACTIONS, type Action, type PerAction } from '../../contract/actions.ts';
import type { TemperatureFigures, ThresholdFigures, ThresholdRecalibration } from '../../contract/review.ts';
import { reliabilityBins } from '../evaluation/calibrationError.ts';
import { expectedCalibrationError, fitCalibration, meanNll, type CalibrationPoint } from '../inference/calibration.ts';
import { calibratedProbabilities, mostProbable } from '../inference/decisionRule.ts';

/** Labels below which nothing is refitted. */
export const LEAST_LABELS = 20;
/** A threshold divides two sides, and both must have been seen. */
export const LEAST_OF_EACH_SIDE = 5;
/** A fit beyond these has run to the border of the search. */
const FITTING_TEMPERATURES = [0.06, 19] as const;

/** One labelled item that the critic measured. */
export interface DriftPoint {
  /** 0..1 */
  readonly drift: number;
  readonly malicious: boolean;
}

const CURVE_POINTS = 101;
const HISTOGRAM_BINS = 10;
const NO_BIAS = ACTIONS.map(() => 0);

/** What SEMANTIC_DIFF earns: the fixed security figures; a catch at least 0.5 and up to 0.8 with the drift. */
function rewardOf({ drift, malicious }: DriftPoint, threshold: number): number {
  const found = drift >= threshold;
  if (malicious) return found ? Math.max(0.5, 0.1 + 0.7 * drift) : -1;
  return found ? -0.4 : 0.2;
}

/** What a threshold makes of the labelled items. @throws RangeError without points */
export function thresholdFigures(points: readonly DriftPoint[], threshold: number): ThresholdFigures {
  if (points.length === 0) throw new RangeError('a threshold needs labelled items');
  const share = (malicious: boolean): number | null => {
    const of = points.filter((point) => point.malicious === malicious);
    return of.length === 0 ? null : of.filter(({ drift }) => drift >= threshold).length / of.length;
  };
  return {
    threshold,
    recall: share(true),
    falsePositiveRate: share(false),
    reward: points.reduce((sum, point) => sum + rewardOf(point, threshold), 0) / points.length,
  };
}

/** The threshold of highest mean reward, among the middles between neighbouring drifts; of equals the one nearest to the present. */
export function recalibrateThreshold(points: readonly DriftPoint[], present: number): ThresholdRecalibration {
  const drifts = [...new Set(points.map(({ drift }) => drift))].toSorted((a, b) => a - b);
  const candidates = [present, ...drifts.slice(1).map((drift, index) => ((drifts[index] ?? drift) + drift) / 2)];
  const before = thresholdFigures(points, present);
  let after = before;
  for (const candidate of candidates) {
    const figures = thresholdFigures(points, candidate);
    const nearer = Math.abs(candidate - present) < Math.abs(after.threshold - present);
    if (figures.reward > after.reward + 1e-12 || (nearer && figures.reward > after.reward - 1e-12)) after = figures;
  }
  const count = (malicious: boolean): readonly number[] => {
    const bins = new Array<number>(HISTOGRAM_BINS).fill(0);
    for (const point of points) {
      const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor(point.drift * HISTOGRAM_BINS));
      if (point.malicious === malicious) bins[bin] = (bins[bin] ?? 0) + 1;
    }
    return bins;
  };
  return {
    items: points.length,
    malicious: points.filter(({ malicious }) => malicious).length,
    before,
    after,
    curve: Array.from({ length: CURVE_POINTS }, (_, index) => thresholdFigures(points, index / (CURVE_POINTS - 1))),
    histogram: { benign: count(false), malicious: count(true) },
  };
}

const LEAST_PROBABILITY = 1e-12;

/**
 * The label logits behind calibrated probabilities, up to a constant: softmax((logit + bias) / T) gives them back as
 * T · ln p, bias included, so no model has to run again.
 */
export function logitsOf(probabilities: PerAction, temperature: number): readonly number[] {
  return ACTIONS.map((action) => temperature * Math.log(Math.max(LEAST_PROBABILITY, probabilities[action])));
}

/** What a temperature makes of the labelled decisions. */
export function temperatureFigures(points: readonly CalibrationPoint[], temperature: number): TemperatureFigures {
  const forecasts = points.map(({ logits, fitting }) => {
    const probabilities = calibratedProbabilities(logits, temperature);
    const top: Action = mostProbable(probabilities);
    return { probability: Math.min(1, probabilities[top]), event: top === fitting };
  });
  return {
    temperature,
    nll: meanNll(points, temperature, NO_BIAS),
    ece: expectedCalibrationError(points, temperature, NO_BIAS),
    bins: reliabilityBins(forecasts, 10).map(({ confidence, frequency, count }) => ({ confidence, frequency, count })),
  };
}

/** The temperature of least negative log likelihood of the analysts' actions. @throws RangeError without points */
export function recalibrateTemperature(
  points: readonly CalibrationPoint[],
  present: number,
): { readonly items: number; readonly fits: boolean; readonly before: TemperatureFigures; readonly after: TemperatureFigures } {
  const { temperature } = fitCalibration(points, { bias: false });
  const [lowest, highest] = FITTING_TEMPERATURES;
  return {
    items: points.length,
    fits: temperature > lowest && temperature < highest,
    before: temperatureFigures(points, present),
    after: temperatureFigures(points, temperature),
  };
}
