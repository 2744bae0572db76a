import type { AnalystId } from '../../contract/review.ts';

/** One analyst's reservation of one item; times in milliseconds since 1970. */
export interface Lease {
  readonly analyst: AnalystId;
  readonly heartbeatAt: number;
  readonly expiresAt: number;
}

export const LEASE = {
  /** Work on one item, renewed by every change of the draft. */
  durationMs: 15 * 60_000,
  /** A page that is silent for so long has crashed. Browsers wake hidden pages once a minute. */
  silentMs: 150_000,
} as const;

/** True while the reservation keeps others off. */
export function isHeld(lease: Lease | null, now: number): lease is Lease {
  return lease !== null && now < lease.expiresAt && now - lease.heartbeatAt < LEASE.silentMs;
}

/** The reservation `analyst` gets, or null because another holds the item. */
export function reserve(lease: Lease | null, analyst: AnalystId, now: number): Lease | null {
  if (isHeld(lease, now) && lease.analyst !== analyst) return null;
  return { analyst, heartbeatAt: now, expiresAt: now + LEASE.durationMs };
}

/** The same reservation, known to be alive; null when it has ended or is another's. */
export function beat(lease: Lease | null, analyst: AnalystId, now: number): Lease | null {
  return isHeld(lease, now) && lease.analyst === analyst ? { ...lease, heartbeatAt: now } : null;
}
