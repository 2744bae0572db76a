import { setTimeout as delay } from 'node:timers/promises';

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Pause before the second attempt, milliseconds; doubles from attempt to attempt. */
  readonly baseMs: number;
  readonly longestMs: number;
  /** A server that asks for a longer pause than this is not waited for, milliseconds. */
  readonly patienceMs: number;
  /** Uniform 0..1. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  baseMs: 400,
  longestMs: 20_000,
  patienceMs: 90_000,
  random: Math.random,
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** Pause before attempt `next` (2 for the first repetition): exponential with full jitter, never under half of its bound. */
export function backoffMs({ baseMs, longestMs, random }: RetryPolicy, next: number): number {
  const bound = Math.min(longestMs, baseMs * 2 ** Math.min(20, next - 2));
  return bound / 2 + (bound / 2) * random();
}

/**
 * How long the server asks to wait, milliseconds; null when it does not say. Reads `Retry-After` (seconds or a date)
 * and the `t=` of the Hub's `RateLimit` header.
 */
export function askedPauseMs(headers: Headers, now: number = Date.now()): number | null {
  const retryAfter = headers.get('retry-after')?.trim();
  if (retryAfter !== undefined && retryAfter !== '') {
    if (/^\d+(\.\d+)?$/.test(retryAfter)) return Number(retryAfter) * 1_000;
    const date = Date.parse(retryAfter);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  const seconds = /(?:^|[;,\s])t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return seconds === undefined ? null : Number(seconds) * 1_000;
}
