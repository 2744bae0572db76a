import { ACTIONS, perAction, type Action, type PerAction } from '../../contract/actions.ts';
import type { Estimate } from '../../contract/review.ts';
import { randomFrom } from '../../engine/random/random.ts';

/** One item's independent labels: who chose what. Items with fewer than two say nothing about agreement. */
export type Unit = readonly { readonly analyst: string; readonly action: Action }[];

/** Items below which agreement figures are not worth much. */
export const FEW_ITEMS = 30;
const RESAMPLES = 1_000;

/**
 * Cohen's kappa of two raters; null when chance alone explains everything (both used one and the same action) or
 * without items. Cohen, J. (1960), Educ. Psychol. Meas. 20, 37-46.
 */
export function cohenKappa(pairs: readonly (readonly [Action, Action])[]): number | null {
  if (pairs.length === 0) return null;
  const first = perAction(() => 0) as { [A in Action]: number };
  const second = perAction(() => 0) as { [A in Action]: number };
  let agreed = 0;
  for (const [a, b] of pairs) {
    first[a]++;
    second[b]++;
    if (a === b) agreed++;
  }
  const observed = agreed / pairs.length;
  const expected = ACTIONS.reduce((sum, action) => sum + (first[action] / pairs.length) * (second[action] / pairs.length), 0);
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

/**
 * Krippendorff's alpha for nominal data with any number of raters and missing values; null when the labels do not vary
 * or no item has two. Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability.
 */
export function krippendorffAlpha(units: readonly Unit[]): number | null {
  const coincidences = coincidenceMatrix(units);
  const totals = perAction((a) => ACTIONS.reduce((sum, b) => sum + coincidences[a][b], 0));
  const values = ACTIONS.reduce((sum, action) => sum + totals[action], 0);
  if (values === 0) return null;
  let observed = 0;
  let expected = 0;
  for (const a of ACTIONS) {
    for (const b of ACTIONS) {
      if (a === b) continue;
      observed += coincidences[a][b];
      expected += totals[a] * totals[b];
    }
  }
  return expected === 0 ? null : 1 - ((values - 1) * observed) / expected;
}

/** Ordered pairs within each item, weighted so that every label counts once. */
function coincidenceMatrix(units: readonly Unit[]): PerAction<PerAction> {
  const matrix = perAction(() => perAction(() => 0) as { [A in Action]: number });
  for (const unit of units) {
    if (unit.length < 2) continue;
    unit.forEach(({ action }, index) => {
      unit.forEach((other, at) => {
        if (at !== index) matrix[action][other.action] += 1 / (unit.length - 1);
      });
    });
  }
  return matrix;
}

/** Ordered pairs of labels of the same item. */
export function confusion(units: readonly Unit[]): PerAction<PerAction> {
  const matrix = perAction(() => perAction(() => 0) as { [A in Action]: number });
  for (const unit of units) {
    unit.forEach(({ action }, index) => unit.forEach((other, at) => (at === index ? 0 : matrix[action][other.action]++)));
  }
  return matrix;
}

/** Share of label pairs within an item that agree, 0..1; null without any. */
export function rawAgreement(units: readonly Unit[]): number | null {
  let pairs = 0;
  let agreed = 0;
  for (const unit of units) {
    for (let a = 0; a < unit.length; a++) {
      for (let b = a + 1; b < unit.length; b++) {
        pairs++;
        if (unit[a]?.action === unit[b]?.action) agreed++;
      }
    }
  }
  return pairs === 0 ? null : agreed / pairs;
}

/** A figure with its percentile bootstrap interval over items; resamples on which it is undefined are left out. Deterministic. */
export function estimate<T>(items: readonly T[], figure: (sample: readonly T[]) => number | null): Estimate {
  const value = figure(items);
  if (value === null || items.length < 2) return { value, low: null, high: null, items: items.length };
  const random = randomFrom(1, 'agreement-bootstrap');
  const found: number[] = [];
  for (let round = 0; round < RESAMPLES; round++) {
    const resampled = figure(Array.from(items, () => items[random.int(items.length)] as T));
    if (resampled !== null) found.push(resampled);
  }
  found.sort((a, b) => a - b);
  const at = (share: number): number | null =>
    found[Math.min(found.length - 1, Math.max(0, Math.round(share * (found.length - 1))))] ?? null;
  return { value, low: at(0.025), high: at(0.975), items: items.length };
}

/** Kappa of every two analysts who share an item, by name. */
export function pairwiseKappa(
  units: readonly Unit[],
): readonly { readonly a: string; readonly b: string; readonly kappa: Estimate; readonly raw: number | null }[] {
  const pairs = new Map<string, { a: string; b: string; labels: (readonly [Action, Action])[] }>();
  for (const unit of units) {
    const ordered = unit.toSorted((x, y) => (x.analyst < y.analyst ? -1 : 1));
    ordered.forEach((first, index) => {
      for (const second of ordered.slice(index + 1)) {
        const key = JSON.stringify([first.analyst, second.analyst]);
        const entry = pairs.get(key) ?? { a: first.analyst, b: second.analyst, labels: [] };
        entry.labels.push([first.action, second.action]);
        pairs.set(key, entry);
      }
    });
  }
  return [...pairs.values()].map(({ a, b, labels }) => ({
    a,
    b,
    kappa: estimate(labels, cohenKappa),
    raw: labels.filter(([x, y]) => x === y).length / labels.length,
  }));
}
