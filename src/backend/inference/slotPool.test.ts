import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSlotPool } from './slotPool.ts';

describe('createSlotPool', () => {
  it('never hands one item to two at once, and keeps the order of asking', async () => {
    const pool = createSlotPool(['a', 'b']);
    const busy = new Set<string>();
    const started: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        pool.use(async (item) => {
          expect(busy.has(item)).toBe(false);
          busy.add(item);
          started.push(index);
          await delay(index % 3);
          busy.delete(item);
        }),
      ),
    );
    expect(started).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('gives the item on after a failure', async () => {
    const pool = createSlotPool([1]);
    await expect(pool.use(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await pool.use((item) => Promise.resolve(item))).toBe(1);
  });

  it('lets whoever waits give up without losing the item', async () => {
    const pool = createSlotPool([1]);
    const control = new AbortController();
    let finish = (): void => undefined;
    const first = pool.use(() => new Promise<void>((resolve) => (finish = resolve)));
    const second = pool.use(() => Promise.resolve('ran'), control.signal);
    const third = pool.use(() => Promise.resolve('third'));
    control.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    finish();
    await first;
    expect(await third).toBe('third');
  });

  it('useAll waits for every item and lets two of its kind pass one after the other', async () => {
    const pool = createSlotPool(['a', 'b', 'c']);
    let inside = 0;
    const whole = async (items: readonly string[]): Promise<number> => {
      inside++;
      expect(inside).toBe(1);
      await delay(1);
      inside--;
      return items.length;
    };
    const one = pool.use(() => delay(2));
    expect(await Promise.all([pool.useAll(whole), pool.useAll(whole)])).toEqual([3, 3]);
    await one;
  });
});
