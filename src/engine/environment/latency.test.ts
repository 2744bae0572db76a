import { describe, expect, it } from 'vitest';
import { latencyReward, ticksOf } from './latency.ts';

describe('ticksOf', () => {
  it('is 1, and 2 for decisions that wait for a review', () => {
    expect(ticksOf('ALLOW', 0, 1000)).toBe(1);
    expect(ticksOf('REVOKE_STDIO', 1000, 1000)).toBe(1);
    expect(ticksOf('SPOTLIGHT', 5, 1000)).toBe(2);
    expect(ticksOf('SEMANTIC_DIFF', 5, 1000)).toBe(2);
  });

  it('grows by one for each further deadline, up to five', () => {
    expect(ticksOf('ALLOW', 1001, 1000)).toBe(2);
    expect(ticksOf('ALLOW', 2001, 1000)).toBe(3);
    expect(ticksOf('SPOTLIGHT', 2001, 1000)).toBe(4);
    expect(ticksOf('ALLOW', 1e9, 1000)).toBe(6);
  });
});

describe('latencyReward', () => {
  it('is nothing within the budget and decays beyond it to -0.35', () => {
    expect(latencyReward(20, 20)).toBe(0);
    expect(latencyReward(21, 20)).toBeCloseTo(-0.05);
    expect(latencyReward(24, 20)).toBeCloseTo(-0.2);
    expect(latencyReward(27, 20)).toBe(-0.35);
    expect(latencyReward(400, 20)).toBe(-0.35);
  });
});
