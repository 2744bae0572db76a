import { ACTIONS, type Action } from '../../contract/actions.ts';
import { calibratedProbabilities, highestStoppingCost } from './decisionRule.ts';

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
  const weights = new Float64Array(ACTIONS.length);
  let sum = 0;
  for (const { logits, fitting } of points) {
    const total = unnormalised(logits, temperature, bias, weights);
    // From the logits and not from the weight, which may have underflowed to zero.
    const fits = ACTIONS.indexOf(fitting);
    let gap = -Infinity;
    for (let index = 0; index < weights.length; index++) {
      gap = Math.max(gap, (logits[index] ?? Number.NaN) + (bias[index] ?? 0) - (logits[fits] ?? Number.NaN) - (bias[fits] ?? 0));
    }
    sum += Math.log(total) + gap / temperature;
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
  for (let round = 0; round < 40; round++) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (loss(left) <= loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

const RIDGE = 1e-3;
const LARGEST_STEP = 1;

/** One Newton step on each class's bias, with a weak pull towards zero so that absent classes stay put. */
function improveBias(points: readonly CalibrationPoint[], temperature: number, bias: readonly number[]): number[] {
  const gradient = bias.map((value) => RIDGE * value);
  const curvature = bias.map(() => RIDGE);
  const weights = new Float64Array(ACTIONS.length);
  const share = 1 / (temperature * points.length);
  for (const { logits, fitting } of points) {
    const total = unnormalised(logits, temperature, bias, weights);
    const fits = ACTIONS.indexOf(fitting);
    for (let index = 0; index < weights.length; index++) {
      const p = (weights[index] ?? 0) / total;
      gradient[index] = (gradient[index] ?? 0) + (p - (index === fits ? 1 : 0)) * share;
      curvature[index] = (curvature[index] ?? 0) + (p * (1 - p) * share) / temperature;
    }
  }
  const moved = bias.map((value, index) => {
    const step = (gradient[index] ?? 0) / (curvature[index] ?? 1);
    return value - Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, step / 2));
  });
  const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length;
  return moved.map((value) => value - mean);
}

/** Writes exp of the calibrated logits, scaled so that the largest is 1, into `into` and returns their sum. */
function unnormalised(logits: readonly number[], temperature: number, bias: readonly number[], into: Float64Array): number {
  let highest = -Infinity;
  for (let index = 0; index < into.length; index++) {
    const value = ((logits[index] ?? Number.NaN) + (bias[index] ?? 0)) / temperature;
    into[index] = value;
    if (value > highest) highest = value;
  }
  let total = 0;
  for (let index = 0; index < into.length; index++) {
    const weight = Math.exp((into[index] ?? Number.NaN) - highest);
    into[index] = weight;
    total += weight;
  }
  return total;
}

/** Rounds of bias and temperature, each after the other; they settle well before. */
const MOST_ROUNDS = 40;
const SETTLED = 1e-4;

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
  for (let round = 1; options.bias && round <= MOST_ROUNDS; round++) {
    const before = bias;
    bias = improveBias(points, temperature, before);
    const moved = Math.max(...bias.map((value, index) => Math.abs(value - (before[index] ?? 0))));
    if (round % 4 === 0) temperature = fitTemperature(points, bias);
    else if (moved < SETTLED) break;
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

/** Share of benign messages that the preset `permissive` may stop, on rows that nothing was trained on. */
export const ALARM_RATE = 0.04;

const HIGHEST_COST = 1e6;

/**
 * The lowest cost of a false alarm at which least cost under `falseAlarmMatrix` stops no more benign points than `ALARM_RATE`
 * allows, halfway between two neighbouring points. Null without a benign point.
 */
export function fitFalseAlarmCost(points: readonly CalibrationPoint[], temperature: number, bias: readonly number[]): number | null {
  const limits = points
    .filter(({ fitting }) => fitting === 'ALLOW')
    .map(({ logits }) => Math.min(HIGHEST_COST, highestStoppingCost(calibratedProbabilities(logits, temperature, bias))))
    .sort((a, b) => b - a);
  if (limits.length === 0) return null;
  const allowed = Math.floor(ALARM_RATE * limits.length);
  const first = limits[allowed] ?? 0;
  const above = limits.slice(0, allowed).findLast((limit) => limit > first) ?? 2 * first;
  return (first + above) / 2;
}
