import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './boundedQueue.ts';

describe('BoundedQueue', () => {
  it('holds no more than its capacity, and gives everything in order', async () => {
    const queue = new BoundedQueue<number>(4);
    let deepest = 0;
    const producing = (async () => {
      for (let i = 0; i < 100; i++) {
        await queue.push(i);
        deepest = Math.max(deepest, queue.depth);
      }
      queue.end();
    })();
    const taken: number[] = [];
    for (let item = await queue.take(); item.done !== true; item = await queue.take()) {
      taken.push(item.value);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await producing;
    expect(taken).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(deepest).toBe(4);
  });

  it('lets a producer wait until there is room', async () => {
    const queue = new BoundedQueue<string>(1);
    await queue.push('a');
    let pushed = false;
    const waiting = queue.push('b').then(() => (pushed = true));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(pushed).toBe(false);
    await queue.take();
    await waiting;
    expect(pushed).toBe(true);
  });

  it('sends a waiting producer home when it is closed', async () => {
    const queue = new BoundedQueue<string>(1);
    await queue.push('a');
    const waiting = queue.push('b');
    queue.close();
    expect(await waiting).toBe(false);
    expect(await queue.take()).toEqual({ done: true, value: undefined });
  });

  it('gives what it holds before it fails', async () => {
    const queue = new BoundedQueue<string>(3);
    await queue.push('a');
    queue.fail(new Error('broken'));
    expect((await queue.take()).value).toBe('a');
    await expect(queue.take()).rejects.toThrow('broken');
  });
});
