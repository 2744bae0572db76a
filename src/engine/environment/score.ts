import type { Verdict } from '../../contract/episodes.ts';
import { LATENCY } from './shaping.ts';

export type VerdictCounts = { readonly [V in Verdict]: number };

export const NO_VERDICTS: VerdictCounts = { TP: 0, TN: 0, FP: 0, FN: 0 };

/** F1 of "stopped" against "malicious", 0..1; 1 when there was nothing to stop and nothing was stopped. */
export function f1(counts: VerdictCounts): number {
  const denominator = 2 * counts.TP + counts.FP + counts.FN;
  return denominator === 0 ? 1 : (2 * counts.TP) / denominator;
}

/** F1 less the cost overrun (ticks over budget as a share of the budget, at most 0.35), 0..1. It drives the curriculum. */
export function episodeScore(counts: VerdictCounts, ticksUsed: number, budgetTicks: number): number {
  const overrun = Math.min(LATENCY.overrunCap, Math.max(0, ticksUsed - budgetTicks) / budgetTicks);
  return Math.max(0, f1(counts) - overrun);
}
