import { describe, expect, it } from 'vitest';
import { createTestPool } from '../../engine/environment/testing/testPool.ts';
import { benchmarkStore } from './store.ts';

describe('benchmarkStore', () => {
  it('measures writes against its peer from the same run, and reads of a filled store', async () => {
    const report = await benchmarkStore({
      pool: createTestPool(),
      stepsPerRound: 100,
      rounds: 3,
      steps: 1_000,
      reads: 10,
      libraryEpisodes: 200,
    });
    const figure = (name: string) => report.figures.find((candidate) => candidate.name === name)?.value ?? Number.NaN;
    const { ratio } = report;
    expect(ratio?.value).toBeCloseTo(figure(ratio?.ours ?? '') / figure(ratio?.peer ?? ''), 9);
    expect(report.figures.every(({ value }) => value > 0)).toBe(true);
    expect(figure('all steps of one episode, p95')).toBeGreaterThanOrEqual(figure('all steps of one episode, p50'));
    expect(figure('slowest filter or order, p95')).toBeGreaterThan(0);
    expect(report.figures.find(({ name }) => name === 'filter: outcome, p95')?.note).toContain('3200 decisions of 200 episodes');
    expect(report.figures.find(({ name }) => name === 'counts, p50')?.note).toMatch(/^With 1000 steps of \d+ episodes stored\.$/);
  });
});
