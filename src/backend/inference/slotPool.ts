/**
 * Hands out exclusive use of a fixed set of items, first come first served. With one item it is a mutex:
 * two evaluations on one sequence would give wrong numbers without an error.
 */
export interface SlotPool<T> {
  /** Runs `work` alone with one item. Work that waits is dropped with the signal's reason when it aborts. */
  use<R>(work: (item: T) => Promise<R>, signal?: AbortSignal): Promise<R>;
  /** Runs `work` with every item at once, when all are free. */
  useAll<R>(work: (items: readonly T[]) => Promise<R>): Promise<R>;
}

interface Waiter<T> {
  readonly take: (item: T) => void;
}

export function createSlotPool<T>(items: readonly T[]): SlotPool<T> {
  const free = [...items];
  const waiting: Waiter<T>[] = [];

  function acquire(signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const item = free.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = {
        take: (given) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(given);
        },
      };
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.push(waiter);
    });
  }

  function release(item: T): void {
    const next = waiting.shift();
    if (next === undefined) free.push(item);
    else next.take(item);
  }

  return {
    async use(work, signal) {
      const item = await acquire(signal);
      try {
        return await work(item);
      } finally {
        release(item);
      }
    },
    async useAll(work) {
      const held = await Promise.all(items.map(() => acquire(undefined)));
      try {
        return await work(held);
      } finally {
        held.forEach(release);
      }
    },
  };
}
