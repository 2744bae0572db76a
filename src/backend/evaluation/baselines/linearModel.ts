import { ACTIONS, perAction, type Action, type PerAction } from '../../../contract/actions.ts';
import { randomFrom } from '../../../engine/random/random.ts';
import { atOnce } from '../turnTaker.ts';
import { bigramFeatures, FEATURE_BUCKETS } from './featureHash.ts';

export interface LinearExample {
  readonly features: Uint32Array;
  readonly action: Action;
}

export interface LinearOptions {
  readonly epochs: number;
  /** Initial step size of AdaGrad. */
  readonly rate: number;
  /** Weight decay applied to a touched weight per step. */
  readonly decay: number;
  readonly seed: number;
}

export const LINEAR_DEFAULTS: LinearOptions = { epochs: 12, rate: 0.5, decay: 1e-6, seed: 1 };

/** Multinomial logistic regression over hashed bigrams: the bar a language model has to clear. */
export interface LinearModel {
  /** Probability of each action as the fitting one. */
  predict(text: string): PerAction;
  readonly examples: number;
}

const CLASSES = ACTIONS.length;

/**
 * Fits by AdaGrad (Duchi et al. 2011) on the softmax cross-entropy of the fitting action, examples in seeded random order;
 * features are binary and L2-normalised. Equal examples and options give equal models.
 *
 * @throws RangeError without an example.
 */
export function fitLinear(examples: readonly LinearExample[], options: Partial<LinearOptions> = {}): LinearModel {
  return atOnce(linearSteps(examples, options));
}

/** The fit of `fitLinear`, one example at a time, for callers that have other work to do in between. */
export function* linearSteps(examples: readonly LinearExample[], options: Partial<LinearOptions> = {}): Generator<void, LinearModel, void> {
  if (examples.length === 0) throw new RangeError('a linear model needs at least one example');
  const { epochs, rate, decay, seed } = { ...LINEAR_DEFAULTS, ...options };
  const weights = new Float32Array((FEATURE_BUCKETS + 1) * CLASSES);
  const squares = new Float32Array(weights.length).fill(1e-8);
  const logits = new Float64Array(CLASSES);
  const order = examples.map((_, index) => index);

  const update = (offset: number, value: number, error: Float64Array): void => {
    for (let c = 0; c < CLASSES; c++) {
      const at = offset + c;
      const gradient = (error[c] as number) * value + decay * (weights[at] as number);
      const square = (squares[at] as number) + gradient * gradient;
      squares[at] = square;
      weights[at] = (weights[at] as number) - (rate * gradient) / Math.sqrt(square);
    }
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const index of randomFrom(seed, 'linear', epoch).shuffle(order)) {
      const example = examples[index] as LinearExample;
      score(weights, example.features, logits);
      softmax(logits);
      const target = ACTIONS.indexOf(example.action);
      logits[target] = (logits[target] as number) - 1;
      const value = scale(example.features);
      for (const bucket of example.features) update(bucket * CLASSES, value, logits);
      update(FEATURE_BUCKETS * CLASSES, 1, logits);
      yield;
    }
  }
  return {
    examples: examples.length,
    predict(text) {
      const out = new Float64Array(CLASSES);
      score(weights, bigramFeatures(text), out);
      softmax(out);
      return perAction((_, index) => out[index] as number);
    },
  };
}

function scale(features: Uint32Array): number {
  return features.length === 0 ? 0 : 1 / Math.sqrt(features.length);
}

function score(weights: Float32Array, features: Uint32Array, out: Float64Array): void {
  for (let c = 0; c < CLASSES; c++) {
    let sum = 0;
    for (const bucket of features) sum += weights[bucket * CLASSES + c] as number;
    out[c] = sum * scale(features) + (weights[FEATURE_BUCKETS * CLASSES + c] as number);
  }
}

function softmax(values: Float64Array): void {
  const top = Math.max(...values);
  let sum = 0;
  for (let c = 0; c < values.length; c++) sum += values[c] = Math.exp((values[c] as number) - top);
  for (let c = 0; c < values.length; c++) values[c] = (values[c] as number) / sum;
}
