import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long `work` took, milliseconds. */
export function milliseconds(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** Times of `count` calls, milliseconds, ascending. */
export function timed(count: number, work: () => unknown): readonly number[] {
  return Array.from({ length: count }, () => milliseconds(work)).toSorted((a, b) => a - b);
}

/** The same for work that answers later; one call at a time. */
export async function timedAsync(count: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b);
}

/** @param share 0..1; NaN of nothing */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const BEAT_MS = 1;
const IDLE_MS = 1_000;

/** How late this thread's timers were while `work` ran, milliseconds. */
export async function eventLoopDelay(work: () => Promise<void>): Promise<{ readonly p99: number; readonly max: number }> {
  const histogram = monitorEventLoopDelay({ resolution: BEAT_MS });
  histogram.enable();
  await work();
  histogram.disable();
  // A sample is the time between two beats, one of which is not a delay.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - BEAT_MS);
  return { p99: late(histogram.percentile(99)), max: late(histogram.max) };
}

/** How late they were while nothing was to be done: what the machine itself does to them, in the same run. */
export function idleEventLoopDelay(): Promise<{ readonly p99: number; readonly max: number }> {
  return eventLoopDelay(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS)));
}
