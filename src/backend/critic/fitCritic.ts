import type { EnvironmentConfig } from '../../contract/episodes.ts';
import { operatingPoint, rocCurve, type Scored } from '../evaluation/ranking.ts';

/** The three measures of one change to a pinned definition, 0..1 (the distance 0..2), and whether it was harmful. */
export interface MeasuredEdit {
  readonly distance: number;
  readonly lexical: number;
  readonly structural: number;
  readonly harmful: boolean;
}

type Weights = EnvironmentConfig['critic']['weights'];

export interface FittedCritic {
  readonly weights: Weights;
  readonly threshold: number;
  /** On the edits it was fitted on. */
  readonly recall: number;
  readonly falsePositiveRate: number;
}

const STEP = 0.05;
const MOST = 0.95;
/** Where the search begins: the embedding weighs as much as the other two. */
const START: Weights = { embedding: 0.6, lexical: 0.6, structural: 0.6 };

/**
 * Weights and threshold of the critic with an embedder. The weights maximise the area under the ROC curve up to twice the
 * target, found by coordinate ascent on a grid of 0.05; the threshold is the least one that the share `fprTarget` of benign
 * edits reaches at most.
 * @throws RangeError when benign or harmful edits are missing
 */
export function fitCritic(edits: readonly MeasuredEdit[], fprTarget: number): FittedCritic {
  const goal = (weights: Weights): number => areaUpTo(scores(edits, weights), 2 * fprTarget);
  let weights = START;
  let best = goal(weights);
  for (let improved = true; improved;) {
    improved = false;
    for (const name of ['embedding', 'lexical', 'structural'] as const) {
      for (let step = 0; step * STEP <= MOST + 1e-9; step++) {
        const tried = { ...weights, [name]: Number((step * STEP).toFixed(2)) };
        const area = goal(tried);
        if (area <= best + 1e-9) continue;
        [weights, best, improved] = [tried, area, true];
      }
    }
  }
  const scored = scores(edits, weights);
  const point = operatingPoint(scored, fprTarget);
  if (point === null) throw new RangeError('Benign and harmful edits are needed to fit the critic.');
  const from = point.threshold ?? 1;
  const below = scored.reduce((most, { score }) => (score < from && score > most ? score : most), 0);
  return { weights, threshold: (from + below) / 2, recall: point.recall, falsePositiveRate: point.falsePositiveRate };
}

/** The critic's noisy-or. */
function scores(edits: readonly MeasuredEdit[], weights: Weights): Scored[] {
  return edits.map(({ distance, lexical, structural, harmful }) => ({
    score:
      1 -
      (1 - weights.embedding * Math.min(1, Math.max(0, distance))) *
        (1 - weights.lexical * lexical) *
        (1 - weights.structural * structural),
    positive: harmful,
  }));
}

/** Area under the ROC curve between the false-positive rates 0 and `limit`, as a share of the whole there, 0..1. */
function areaUpTo(scored: readonly Scored[], limit: number): number {
  let area = 0;
  let [lastRate, lastRecall] = [0, 0];
  for (const [rate, recall] of rocCurve(scored, 4_000)) {
    const to = Math.min(rate, limit);
    if (to > lastRate) {
      const end = lastRecall + ((recall - lastRecall) * (to - lastRate)) / (rate - lastRate);
      area += ((lastRecall + end) / 2) * (to - lastRate);
    }
    [lastRate, lastRecall] = [rate, recall];
    if (rate >= limit) break;
  }
  return area / limit;
}
