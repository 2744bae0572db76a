import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancelInFrame, inFrame } from './frameQueue.ts';

describe('work within frames', () => {
  let frames: (() => void)[] = [];
  let clock = 0;
  beforeEach(() => {
    frames = [];
    clock = 0;
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
    vi.stubGlobal('performance', { now: () => clock });
  });
  afterEach(() => vi.unstubAllGlobals());
  const nextFrame = (): void => frames.shift()?.();

  it('is spread over as many frames as it needs, urgent work first, and of one name the last', () => {
    const done: string[] = [];
    const work = (name: string, cost: number) => () => {
      clock += cost;
      done.push(name);
    };
    inFrame('a', work('a, replaced', 99));
    inFrame('b', work('b', 4));
    inFrame('c', work('c', 50), true);
    inFrame('d', work('d', 1));
    inFrame('a', work('a', 4));
    inFrame('e', work('e', 1));
    cancelInFrame('e');
    nextFrame();
    expect(done).toEqual(['c']);
    nextFrame();
    expect(done).toEqual(['c', 'a', 'b']);
    nextFrame();
    expect([done, frames.length]).toEqual([['c', 'a', 'b', 'd'], 0]);
  });
});
