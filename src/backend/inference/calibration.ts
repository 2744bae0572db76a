import { ACTIONS, type Action } from '../../contract/actions.ts';
import { calibratedProbabilities } from './decisionRule.ts';

/** One answer of a model with the action that fits. */
export interface CalibrationPoint {
  /** Raw label logits in the order of ACTIONS. */
  readonly logits: readonly number[];
  readonly fitting: Action;
}

export interface FittedCalibration {
  readonly temperature: number;
  readonly bias: readonly number[];
  readonly eceBefore: number;
  readonly eceAfter: number;
  /** Mean negative log likelihood in nats. */
  readonly nllBefore: number;
  readonly nllAfter: number;
}

/** Mean negative log likelihood of the fitting actions, nats. */
export function meanNll(points: readonly CalibrationPoint[], temperature: number, bias: readonly number[]): number {
  let sum = 0;
  for (const { logits, fitting } of points) {
    const scaled = logits.map((logit, index) => (logit + (bias[index] ?? 0)) / temperature);
    const highest = Math.max(...scaled);
    const logTotal = highest + Math.log(scaled.reduce((total, value) => total + Math.exp(value - highest), 0));
    sum += logTotal - (scaled[ACTIONS.indexOf(fitting)] ?? Number.NaN);
  }
  return sum / points.length;
}

/**
 * Expected calibration error of the top label over bins of equal mass (Nguyen and O'Connor 2015): the mean gap between
 * how sure the model was and how often it was right, 0..1.
 */
export function expectedCalibrationError(
  points: readonly CalibrationPoint[],
  temperature: number,
  bias: readonly number[],
  bins = 15,
): number {
  const sorted = points
    .map(({ logits, fitting }) => {
      const probabilities = calibratedProbabilities(logits, temperature, bias);
      const top = ACTIONS.reduce((leader, action) => (probabilities[action] > probabilities[leader] ? action : leader));
      return { confidence: probabilities[top], right: top === fitting ? 1 : 0 };
    })
    .sort((a, b) => a.confidence - b.confidence);
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    const members = sorted.slice(Math.floor((bin * sorted.length) / bins), Math.floor(((bin + 1) * sorted.length) / bins));
    const gap = members.reduce((sum, { confidence, right }) => sum + confidence - right, 0);
    error += Math.abs(gap) / sorted.length;
  }
  return error;
}

const LOWEST_TEMPERATURE = 0.05;
const HIGHEST_TEMPERATURE = 20;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The temperature of least NLL for a given bias, by golden-section search over its logarithm. */
function fitTemperature(points: readonly CalibrationPoint[], bias: readonly number[]): number {
  let low = Math.log(LOWEST_TEMPERATURE);
  let high = Math.log(HIGHEST_TEMPERATURE);
  const loss = (logTemperature: number): number => meanNll(points, Math.exp(logTemperature), bias);
  for (let round = 0; round < 60; round++) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (loss(left) <= loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

/** One pass of damped Newton steps on each class's bias, with a weak pull towards zero so that absent classes stay put. */
function improveBias(points: readonly CalibrationPoint[], temperature: number, bias: readonly number[]): number[] {
  const ridge = 1e-3;
  const gradient = ACTIONS.map((_, index) => ridge * (bias[index] ?? 0));
  const curvature = ACTIONS.map(() => ridge);
  for (const { logits, fitting } of points) {
    const probabilities = calibratedProbabilities(logits, temperature, bias);
    for (const [index, action] of ACTIONS.entries()) {
      const p = probabilities[action];
      gradient[index] = (gradient[index] ?? 0) + (p - (action === fitting ? 1 : 0)) / (temperature * points.length);
      curvature[index] = (curvature[index] ?? 0) + (p * (1 - p)) / (temperature * temperature * points.length);
    }
  }
  const moved = bias.map((value, index) => value - 0.5 * Math.max(-2, Math.min(2, (gradient[index] ?? 0) / (curvature[index] ?? 1))));
  const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length;
  return moved.map((value) => value - mean);
}

/**
 * Fits a temperature, and a bias for each class when asked, by least negative log likelihood (Guo et al. 2017).
 * The bias copies the class frequencies of the rows into the model, so ask for it only with rows mixed as in use.
 *
 * @throws RangeError without points
 */
export function fitCalibration(points: readonly CalibrationPoint[], options: { readonly bias: boolean }): FittedCalibration {
  if (points.length === 0) throw new RangeError('Calibration needs at least one row.');
  let bias: readonly number[] = ACTIONS.map(() => 0);
  const none = bias;
  let temperature = fitTemperature(points, bias);
  if (options.bias) {
    for (let round = 0; round < 60; round++) {
      bias = improveBias(points, temperature, bias);
      if (round % 10 === 9) temperature = fitTemperature(points, bias);
    }
  }
  return {
    temperature,
    bias,
    eceBefore: expectedCalibrationError(points, 1, none),
    eceAfter: expectedCalibrationError(points, temperature, bias),
    nllBefore: meanNll(points, 1, none),
    nllAfter: meanNll(points, temperature, bias),
  };
}
