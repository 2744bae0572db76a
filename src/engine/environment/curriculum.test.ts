import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PHASES } from '../../contract/observation.ts';
import { advanceCurriculum, initialCurriculum } from './curriculum.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { episodeScore, f1 } from './score.ts';

describe('the curriculum', () => {
  it('stays for at least 50 episodes in each phase, then moves on one at a time', () => {
    let state = initialCurriculum(DEFAULT_CONFIG);
    const moves: number[] = [];
    for (let episode = 1; episode <= 200; episode++) {
      const next = advanceCurriculum(DEFAULT_CONFIG, state, 1);
      if (next.phase !== state.phase) moves.push(episode);
      state = next;
    }
    expect(moves).toEqual([50, 100]);
    expect(state.phase).toBe('chained_exploitation');
  });

  it('follows the moving average with alpha 0.08', () => {
    const first = advanceCurriculum(DEFAULT_CONFIG, initialCurriculum(DEFAULT_CONFIG), 1);
    expect(first.average).toBeCloseTo(0.08);
    expect(advanceCurriculum(DEFAULT_CONFIG, first, 0).average).toBeCloseTo(0.0736);
  });

  it('does not move while the average is under the threshold', () => {
    let state = initialCurriculum(DEFAULT_CONFIG);
    for (let episode = 0; episode < 500; episode++) state = advanceCurriculum(DEFAULT_CONFIG, state, 0.19);
    expect(state.phase).toBe('bootstrapping');
    for (let episode = 0; episode < 500; episode++) state = advanceCurriculum(DEFAULT_CONFIG, state, 0.54);
    expect(state.phase).toBe('evasion_obfuscation');
  });

  it('never goes back and keeps its average in 0..1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 300 }), (scores) => {
        let state = initialCurriculum(DEFAULT_CONFIG);
        for (const score of scores) {
          const next = advanceCurriculum(DEFAULT_CONFIG, state, score);
          expect(PHASES.indexOf(next.phase)).toBeGreaterThanOrEqual(PHASES.indexOf(state.phase));
          expect(next.average).toBeGreaterThanOrEqual(0);
          expect(next.average).toBeLessThanOrEqual(1);
          state = next;
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the episode score', () => {
  it('is F1', () => {
    expect(f1({ TP: 3, TN: 5, FP: 1, FN: 1 })).toBeCloseTo(0.75);
    expect(f1({ TP: 0, TN: 5, FP: 0, FN: 0 })).toBe(1);
    expect(f1({ TP: 0, TN: 5, FP: 2, FN: 0 })).toBe(0);
  });

  it('loses the share of the budget that was overrun, up to 0.35, and stays in 0..1', () => {
    const counts = { TP: 4, TN: 4, FP: 0, FN: 0 };
    expect(episodeScore(counts, 20, 20)).toBe(1);
    expect(episodeScore(counts, 24, 20)).toBeCloseTo(0.8);
    expect(episodeScore(counts, 60, 20)).toBeCloseTo(0.65);
    expect(episodeScore({ TP: 0, TN: 0, FP: 1, FN: 0 }, 60, 20)).toBe(0);
  });
});
