import { expect, it } from 'vitest';
import { duration } from './duration.ts';

it('writes spans of time to the precision that matters', () => {
  expect([-5, 999, 4_000, 61_000, 3_600_000, 12_000_000, 172_800_000, 187_200_000].map(duration)).toEqual([
    '0 s',
    '0 s',
    '4 s',
    '1 min',
    '1 h',
    '3 h 20 min',
    '2 d',
    '2 d 4 h',
  ]);
});
