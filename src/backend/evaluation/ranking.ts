import type { OperatingPoint, RocPoint } from '../../contract/evaluationReport.ts';

/** A score, higher meaning more suspicious, and whether the case was malicious. */
export interface Scored {
  readonly score: number;
  readonly positive: boolean;
}

/**
 * Area under the ROC curve, 0..1: the probability that a malicious case scores higher than a benign one,
 * ties counting half (Mann-Whitney U / (n+ n-)); null when one class is missing.
 */
export function auroc(items: readonly Scored[]): number | null {
  const sorted = [...items].sort((a, b) => a.score - b.score);
  const positives = sorted.filter((item) => item.positive).length;
  const negatives = sorted.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let rankSum = 0;
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score) end++;
    const midRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) if (sorted[i]?.positive === true) rankSum += midRank;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** The operating point of highest recall whose false-positive rate is at most `limit`; null when one class is missing. */
export function operatingPoint(items: readonly Scored[], limit: number): OperatingPoint | null {
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const positives = sorted.filter((item) => item.positive).length;
  const negatives = sorted.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let best: OperatingPoint = { threshold: null, recall: 0, falsePositiveRate: 0 };
  let found = 0;
  let alarms = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i]?.positive === true) found++;
    else alarms++;
    const threshold = sorted[i]?.score as number;
    if (sorted[i + 1]?.score === threshold) continue;
    if (alarms / negatives > limit) break;
    best = { threshold, recall: found / positives, falsePositiveRate: alarms / negatives };
  }
  return best;
}

/**
 * The ROC curve from (0, 0) to (1, 1), thinned to about `most` points: false-positive rate and recall after each distinct
 * score, from the highest down; empty when one class is missing.
 */
export function rocCurve(items: readonly Scored[], most = 400): readonly RocPoint[] {
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const positives = sorted.filter((item) => item.positive).length;
  const negatives = sorted.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points: RocPoint[] = [[0, 0]];
  const gap = 2 / most;
  let [found, alarms, last] = [0, 0, 0];
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i]?.positive === true) found++;
    else alarms++;
    const end = i + 1 === sorted.length;
    if (!end && sorted[i + 1]?.score === sorted[i]?.score) continue;
    const along = found / positives + alarms / negatives;
    if (!end && along - last < gap) continue;
    last = along;
    points.push([alarms / negatives, found / positives]);
  }
  return points;
}
