import { expect, test } from 'vitest';
import { createTestPool } from '../../engine/environment/testing/testPool.ts';
import { benchmarkReview } from './review.ts';

test('times every filter of the review queue beside a bare scan', async () => {
  const report = await benchmarkReview({ pool: createTestPool(), items: 200, reads: 2 });
  expect(report.figures.every(({ value }) => value > 0)).toBe(true);
  expect(report.table?.rows.length).toBeGreaterThan(10);
  const matches = new Map(report.table?.rows.map(([name, count]) => [name, count]));
  expect(matches.get('everything, newest')).toBe(200);
  expect(matches.get('disagreements')).toBeGreaterThan(0);
  expect(matches.get('mine')).toBeGreaterThan(0);
});
