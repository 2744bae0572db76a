import { describe, expect, it } from 'vitest';
import { evaluationThreads, threadCount, usableParallelism } from './threads.ts';

describe('threadCount', () => {
  it.each([
    [1, 1, 1],
    [1, 8, 1],
    [2, 1, 2],
    [2, 4, 2],
    [4, 2, 2],
    [8, 4, 4],
    [4, 64, 4],
    [64, 32, 16],
  ])('%i usable processors, %i physical cores: %i threads', (parallelism, cores, expected) => {
    expect(threadCount(parallelism, cores)).toBe(expected);
  });

  it('never exceeds the processors this process may use, whatever it is told', () => {
    for (const parallelism of [0, 1, 2, 3, 4, 64]) {
      for (const cores of [0, 1, 2, 64]) {
        const threads = threadCount(parallelism, cores);
        expect(threads).toBeGreaterThanOrEqual(1);
        expect(threads).toBeLessThanOrEqual(Math.max(1, parallelism));
      }
    }
    expect(usableParallelism()).toBeGreaterThanOrEqual(1);
  });
});

describe('evaluationThreads', () => {
  it('gives a nano model one thread and larger ones all, unless told otherwise', () => {
    expect(evaluationThreads('nano', 8)).toBe(1);
    expect(evaluationThreads('small', 8)).toBe(8);
    expect(evaluationThreads('nano', 4, 4)).toBe(4);
  });
});
