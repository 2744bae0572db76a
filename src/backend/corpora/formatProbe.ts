import type { Split } from '../../contract/episodes.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../contract/messages.ts';
import type { MessagePool, ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { randomFrom } from '../../engine/random/random.ts';

/**
 * How much of the label the mere form of a message gives away: a logistic regression on lengths,
 * JSON shape, counts of characters and presence of fields, without a single word of the text.
 */

/**
 * Balanced accuracy that form alone reaches on fresh draws, for each kind of message and for `all`.
 * Each round draws a benign session, four plain attacks and a STDIO escape.
 */
export function formGiveaway(pool: MessagePool, split: Split, rounds: number, seed: number): { readonly [kind: string]: number } {
  const draw = (part: string): ScenarioMessage[] => {
    const random = randomFrom(seed, 'form', part);
    return Array.from({ length: rounds }, () => [
      ...pool.benignSession(random, split),
      ...Array.from({ length: 4 }, () => pool.attack(random, split, { stdio: false })),
      pool.attack(random, split, { stdio: true }),
    ]).flat();
  };
  const [fitted, held] = [draw('fitted'), draw('held')];
  const ofKind = (items: readonly ScenarioMessage[], kind: MessageKind): ScenarioMessage[] =>
    items.filter(({ message }) => message.kind === kind);
  const kinds = MESSAGE_KINDS.map((kind) => [kind, probeAccuracy(ofKind(fitted, kind), ofKind(held, kind))] as const);
  return Object.fromEntries([['all', probeAccuracy(fitted, held)], ...kinds]);
}

/** Form features of a message, each scaled to about 0..1. */
function formFeatures({ message }: ScenarioMessage): number[] {
  const { context } = message;
  const body = message.message.params ?? message.message.result ?? {};
  const text = JSON.stringify(body);
  const strings = leaves(body);
  const longest = strings.reduce((max, leaf) => Math.max(max, leaf.length), 0);
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const share = (pattern: RegExp): number => count(pattern) / Math.max(1, text.length);
  const bucket = [100, 200, 400, 800, 1600].map((edge) => Number(text.length > edge));
  return [
    ...bucket,
    Math.min(1, Math.log(1 + longest) / 8),
    Math.min(1, strings.length / 20),
    Math.min(1, depthOf(body) / 8),
    share(/\d/g) * 4,
    share(/[A-Z]/g) * 4,
    share(/[^\w\s"{}:,[\]]/g) * 4,
    Math.min(1, count(/https?:\/\//g) / 3),
    Math.min(1, count(/@/g) / 3),
    Math.min(1, count(/\//g) / 10),
    Math.min(1, count(/[A-Za-z0-9+/]{24,}/g) / 2),
    Math.min(1, count(/\\n/g) / 10),
    Math.min(1, count(/[!?]/g) / 3),
    Math.min(1, count(/[A-Z]{4,}/g) / 3),
    Math.min(1, count(/<[a-z!/]/gi) / 2),
    Number(context.userTask !== undefined),
    Number(context.trace !== undefined),
    Number(context.granted !== undefined),
    Number(context.tool !== undefined),
    Number(context.transport === 'stdio'),
  ];
}

/**
 * Fits on `train` and scores on `test`.
 * @returns balanced accuracy on `test`, 0..1; 0.5 is chance.
 */
function probeAccuracy(train: readonly ScenarioMessage[], test: readonly ScenarioMessage[]): number {
  const weights = fit(train);
  const hits = { true: [0, 0], false: [0, 0] };
  for (const item of test) {
    const tally = item.truth.malicious ? hits.true : hits.false;
    const guess = score(weights, formFeatures(item)) > 0;
    tally[0] = (tally[0] ?? 0) + Number(guess === item.truth.malicious);
    tally[1] = (tally[1] ?? 0) + 1;
  }
  const rate = ([right = 0, all = 0]: readonly number[]): number => right / Math.max(1, all);
  return (rate(hits.true) + rate(hits.false)) / 2;
}

/** Gradient descent on centred, scaled features with both classes weighted alike; returns weights for raw features, the bias last. */
function fit(items: readonly ScenarioMessage[]): number[] {
  const raw = items.map((item) => ({ x: formFeatures(item), y: Number(item.truth.malicious) }));
  const width = raw[0]?.x.length ?? 0;
  const mean = Array.from({ length: width }, (_, i) => raw.reduce((sum, { x }) => sum + (x[i] ?? 0), 0) / raw.length);
  const spread = mean.map((m, i) => Math.sqrt(raw.reduce((sum, { x }) => sum + ((x[i] ?? 0) - m) ** 2, 0) / raw.length) || 1);
  const rows = raw.map(({ x, y }) => ({ x: x.map((value, i) => (value - (mean[i] ?? 0)) / (spread[i] ?? 1)), y }));
  const positives = rows.filter(({ y }) => y === 1).length;
  const weightOf = (y: number): number => 1 / Math.max(1, y === 1 ? positives : rows.length - positives);
  const weights = new Array<number>(width + 1).fill(0);
  for (let round = 0; round < 250; round++) {
    const gradient = weights.map((weight) => weight * 0.002);
    for (const { x, y } of rows) {
      const error = (1 / (1 + Math.exp(-score(weights, x))) - y) * weightOf(y);
      for (let i = 0; i < width; i++) gradient[i] = (gradient[i] ?? 0) + error * (x[i] ?? 0);
      gradient[width] = (gradient[width] ?? 0) + error;
    }
    for (let i = 0; i <= width; i++) weights[i] = (weights[i] ?? 0) - 0.15 * (gradient[i] ?? 0);
  }
  const unscaled = weights.slice(0, width).map((weight, i) => weight / (spread[i] ?? 1));
  const shift = unscaled.reduce((sum, weight, i) => sum + weight * (mean[i] ?? 0), 0);
  return [...unscaled, (weights[width] ?? 0) - shift];
}

function score(weights: readonly number[], x: readonly number[]): number {
  let sum = weights[x.length] ?? 0;
  for (let i = 0; i < x.length; i++) sum += (weights[i] ?? 0) * (x[i] ?? 0);
  return sum;
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [];
}

function depthOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
