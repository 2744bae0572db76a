import rateLimit from '@fastify/rate-limit';
import type { RouteGroup } from '../server/services.ts';

export interface RateLimitOptions {
  /** Requests a minute from one address; null: no limit. */
  readonly perMinute: number | null;
}

/** What a training run on this machine never reaches, and a loop that went wild does. */
export const LOOPBACK_RATE: RateLimitOptions = { perMinute: 600_000 };
/** For servers that other machines reach. */
export const NETWORK_RATE: RateLimitOptions = { perMinute: 60_000 };

/** What orchestrators poll, whatever else is going on. */
const UNLIMITED: ReadonlySet<string> = new Set(['/health', '/healthz', '/readyz']);

/** Answers whoever asks too often with 429 and Retry-After; health checks are never refused. */
export function limitRates({ perMinute }: RateLimitOptions): RouteGroup {
  return async (app) => {
    if (perMinute === null) return;
    await app.register(rateLimit, {
      max: perMinute,
      timeWindow: 60_000,
      allowList: (request) => UNLIMITED.has(request.routeOptions.url ?? ''),
      addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false, 'retry-after': true },
      addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    });
  };
}
