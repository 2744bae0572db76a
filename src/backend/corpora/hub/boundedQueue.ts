/**
 * Holds at most `capacity` values between a producer and one consumer. A producer that is ahead waits in `push`, which
 * is what halts a download whose rows nobody takes.
 */
export class BoundedQueue<T> {
  readonly capacity: number;
  private readonly items: T[] = [];
  private ended: { readonly error: unknown } | 'done' | null = null;
  private wakeProducer: (() => void) | null = null;
  private wakeConsumer: (() => void) | null = null;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get depth(): number {
    return this.items.length;
  }

  /** Resolves when the value has its place; false when the queue was closed before that. */
  async push(item: T): Promise<boolean> {
    while (this.items.length >= this.capacity && this.ended === null) {
      await new Promise<void>((resolve) => (this.wakeProducer = resolve));
    }
    if (this.ended !== null) return false;
    this.items.push(item);
    this.wake('consumer');
    return true;
  }

  /** No more values come; those held are still taken. */
  end(): void {
    this.ended ??= 'done';
    this.wake('both');
  }

  /** The consumer gets the values held, then the error. */
  fail(error: unknown): void {
    this.ended ??= { error };
    this.wake('both');
  }

  /** Drops what is held and sends the producer home. */
  close(): void {
    this.items.length = 0;
    this.end();
  }

  /** The next value; `done` after the last. @throws what `fail` was given */
  async take(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const item = this.items.shift();
      if (item !== undefined) {
        this.wake('producer');
        return { done: false, value: item };
      }
      if (this.ended === 'done') return { done: true, value: undefined };
      if (this.ended !== null) throw this.ended.error;
      await new Promise<void>((resolve) => (this.wakeConsumer = resolve));
    }
  }

  private wake(who: 'producer' | 'consumer' | 'both'): void {
    if (who !== 'consumer') {
      this.wakeProducer?.();
      this.wakeProducer = null;
    }
    if (who !== 'producer') {
      this.wakeConsumer?.();
      this.wakeConsumer = null;
    }
  }
}
