import type { LiveBatch, LiveEvent } from '../../contract/live.ts';
import { approximateBytes } from './recentSteps.ts';

export interface EventHubOptions {
  /** Shortest time between two batches of one subscriber, milliseconds. Default 50. */
  readonly intervalMs?: number;
  /** An empty batch goes out after this long without events, milliseconds. Default 5,000. */
  readonly heartbeatMs?: number;
  /** Events kept for `since`. Default 4,000. */
  readonly events?: number;
  /** Bytes of messages kept for `since`, roughly. Default 32 MiB. */
  readonly bytes?: number;
  /** Most step events in one batch; a reader that is further behind misses the older ones. Default 500. */
  readonly batch?: number;
}

type Unnumbered<E> = E extends unknown ? Omit<E, 'seq'> : never;
/** An event before it has its number. */
export type NewEvent = Unnumbered<LiveEvent>;

/**
 * Numbers events and hands them to any number of subscribers, each at its own pace. Publishing never
 * waits: the transport has no back-pressure, so a slow reader gets fewer, larger batches and, when it
 * falls behind what is kept, a count of the step events it missed.
 */
export class EventHub {
  private readonly options: Required<EventHubOptions>;
  /** Kept events, oldest first; their numbers are consecutive. */
  private readonly kept: LiveEvent[] = [];
  private keptBytes = 0;
  private latest = 0;
  /** Numbers of all events that are not steps, ascending: tells how many of the evicted ones were steps. */
  private readonly nonSteps: number[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(options: EventHubOptions = {}) {
    this.options = { intervalMs: 50, heartbeatMs: 5_000, events: 4_000, bytes: 32 * 1024 * 1024, batch: 500, ...options };
  }

  /** Number of the latest event; 0 before the first. */
  get seq(): number {
    return this.latest;
  }

  publish(event: NewEvent): LiveEvent {
    const numbered: LiveEvent = { ...event, seq: ++this.latest };
    if (event.type !== 'step') this.nonSteps.push(this.latest);
    this.kept.push(numbered);
    this.keptBytes += bytesOf(numbered);
    while (this.kept.length > 1 && (this.kept.length > this.options.events || this.keptBytes > this.options.bytes)) {
      const evicted = this.kept.shift();
      if (evicted !== undefined) this.keptBytes -= bytesOf(evicted);
    }
    for (const wake of [...this.waiting]) wake();
    return numbered;
  }

  /**
   * Batches of the events after `since`, in order and without gaps other than those counted in
   * `dropped`, until the signal aborts or the iterator is returned. A `since` from before a restart,
   * larger than any number given out, starts at the oldest event that is kept.
   */
  async *subscribe(since: number, signal?: AbortSignal): AsyncGenerator<LiveBatch, void, void> {
    let cursor = since > this.latest ? 0 : since;
    while (!isAborted(signal)) {
      const batch = this.take(cursor);
      if (batch.events.length === 0 && (await this.nextEvent(signal))) continue;
      if (isAborted(signal)) return;
      cursor = batch.events.at(-1)?.seq ?? cursor;
      yield batch;
      await pause(this.options.intervalMs, signal);
    }
  }

  /** All kept events after `cursor`; of more steps than one batch holds, the latest. */
  private take(cursor: number): LiveBatch {
    const oldest = this.latest - this.kept.length + 1;
    const first = Math.max(cursor + 1, oldest);
    const events = this.kept.slice(first - oldest);
    const evicted = this.stepsUpTo(first - 1) - this.stepsUpTo(Math.min(cursor, first - 1));
    let surplus = Math.max(0, this.stepsUpTo(this.latest) - this.stepsUpTo(first - 1) - this.options.batch);
    if (surplus === 0) return { events, dropped: evicted };
    const dropped = evicted + surplus;
    return { events: events.filter(({ type }) => type !== 'step' || surplus-- <= 0), dropped };
  }

  /** Step events among the numbers 1..seq. */
  private stepsUpTo(seq: number): number {
    let low = 0;
    let high = this.nonSteps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.nonSteps[middle] ?? Infinity) <= seq) low = middle + 1;
      else high = middle;
    }
    return seq - low;
  }

  /** True when an event was published, false after a heartbeat's time or an abort. */
  private nextEvent(signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (published: boolean) => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        signal?.removeEventListener('abort', abort);
        resolve(published);
      };
      const wake = () => done(true);
      const abort = () => done(false);
      const timer = setTimeout(abort, this.options.heartbeatMs);
      this.waiting.add(wake);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function bytesOf(event: LiveEvent): number {
  return event.type === 'step' ? approximateBytes(event.step) : 200;
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
