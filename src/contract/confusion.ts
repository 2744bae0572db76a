import { ACTIONS, perAction, type Action, type PerAction } from './actions.ts';

/** Counts of a binary decision; positive means "not ALLOW". */
export interface BinaryCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

export function countBinary(items: Iterable<{ readonly positive: boolean; readonly predicted: boolean }>): BinaryCounts {
  const counts = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };
  for (const { positive, predicted } of items) {
    if (positive) counts[predicted ? 'truePositives' : 'falseNegatives']++;
    else counts[predicted ? 'falsePositives' : 'trueNegatives']++;
  }
  return counts;
}

/** Harmonic mean of precision and recall, 2TP / (2TP + FP + FN), 0..1; null when there is nothing to find and nothing was found. */
export function f1(counts: Pick<BinaryCounts, 'truePositives' | 'falsePositives' | 'falseNegatives'>): number | null {
  const denominator = 2 * counts.truePositives + counts.falsePositives + counts.falseNegatives;
  return denominator === 0 ? null : (2 * counts.truePositives) / denominator;
}

/** TP / (TP + FP), 0..1; null when nothing was flagged. */
export function precision(counts: BinaryCounts): number | null {
  const predicted = counts.truePositives + counts.falsePositives;
  return predicted === 0 ? null : counts.truePositives / predicted;
}

/** Rows: the fitting action; columns: the action taken. */
export type ActionConfusion = PerAction<PerAction>;

export function countActions(items: Iterable<{ readonly fitting: Action; readonly taken: Action }>): ActionConfusion {
  const matrix = perAction(() => perAction(() => 0) as { [A in Action]: number });
  for (const { fitting, taken } of items) matrix[fitting][taken]++;
  return matrix;
}

/** One action against the rest. */
export interface ActionScore {
  /** Cases this action fits. */
  readonly support: number;
  /** Cases it was taken in. */
  readonly taken: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export function scoreActions(matrix: ActionConfusion): PerAction<ActionScore> {
  return perAction((action) => {
    const hits = matrix[action][action];
    const support = ACTIONS.reduce((sum, taken) => sum + matrix[action][taken], 0);
    const taken = ACTIONS.reduce((sum, fitting) => sum + matrix[fitting][action], 0);
    return {
      support,
      taken,
      precision: taken === 0 ? null : hits / taken,
      recall: support === 0 ? null : hits / support,
      f1: f1({ truePositives: hits, falsePositives: taken - hits, falseNegatives: support - hits }),
    };
  });
}

/** Unweighted mean of the per-action F1 over the actions that fit or were taken at least once, 0..1; null without a case. */
export function macroF1(scores: PerAction<ActionScore>): number | null {
  const values = ACTIONS.map((action) => scores[action].f1).filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
