import type { Action } from '../../contract/actions.ts';
import { isDeferred, LATENCY } from './shaping.ts';

/**
 * Ticks that one decision consumes: 1, or 2 when it is deferred to a review, and one more
 * for every further deadline (milliseconds) it ran into, at most `LATENCY.maxSlowTicks`.
 */
export function ticksOf(action: Action, decisionMs: number, deadlineMs: number): number {
  const base = isDeferred(action) ? LATENCY.deferredTicks : LATENCY.immediateTicks;
  return decisionMs > deadlineMs ? base + Math.min(LATENCY.maxSlowTicks, Math.ceil(decisionMs / deadlineMs) - 1) : base;
}

/** Temporal decay: 0 within the budget, then -min(0.35, over / budget), on every step that is played over it. */
export function latencyReward(ticksUsed: number, budgetTicks: number): number {
  const over = ticksUsed - budgetTicks;
  return over > 0 ? -Math.min(LATENCY.overrunCap, over / budgetTicks) : 0;
}
