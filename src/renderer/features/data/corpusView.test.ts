import { describe, expect, it } from 'vitest';
import type { CorpusStatus } from '../../../contract/corpora.ts';
import { limitFromGigabytes, progressOf, progressWords, skippedWords, withShare } from './corpusView.ts';

const status = {
  rows: 250,
  wanted: null,
  totalRows: null,
  bytes: { read: 500, total: 2_000 },
} as unknown as CorpusStatus;

describe('progress of a corpus', () => {
  it('counts rows when some are wanted, else bytes', () => {
    expect(progressOf(status)).toBe(0.25);
    expect(progressOf({ ...status, wanted: 1_000 })).toBe(0.25);
    expect(progressOf({ ...status, wanted: 1_000, totalRows: 500 })).toBe(0.5);
    expect(progressOf({ ...status, bytes: { read: 0, total: null } })).toBeNull();
  });

  it('is told in words', () => {
    expect(progressWords(status)).toBe('250 rows, 25.0%; files of 2.0 kB');
    expect(progressWords({ ...status, wanted: 1_000, bytes: { read: 0, total: null } })).toBe('250 of 1,000 rows wanted, 25.0%');
    expect(progressWords({ ...status, wanted: 1_000, totalRows: 9_000, bytes: { read: 0, total: null } })).toBe(
      '250 of 1,000 rows wanted (of 9,000 rows in all), 25.0%',
    );
    expect(progressWords({ ...status, rows: 500, wanted: 1_000, totalRows: 500 })).toBe('500 of 500 rows, 100.0%; files of 2.0 kB');
  });
});

describe('skippedWords', () => {
  it('names the commonest reason first', () => {
    expect(skippedWords({})).toBe('none left out');
    expect(skippedWords({ 'too short': 2, 'not benign': 1_200 })).toBe('1,200 not benign, 2 too short');
  });
});

describe('withShare', () => {
  const shares = { generated: 1, witfoo: 0, fenrir: 0, nist: 0 };

  it('changes one share within bounds, and never takes the last one away', () => {
    expect(withShare(shares, 'witfoo', 1.4)).toEqual({ ...shares, witfoo: 1 });
    expect(withShare(shares, 'generated', 0)).toBeNull();
  });
});

describe('a limit typed in gigabytes', () => {
  it('is bytes within the bounds, with a point or a comma', () => {
    expect(['2', ' 0.5 ', '1,25', '0.05', '1000'].map(limitFromGigabytes)).toEqual([2e9, 5e8, 1.25e9, 5e7, 1e12]);
    expect(['', '0', '0.049', '1001', '-1', '1e3', 'two', '1.2.3', '٣'].map(limitFromGigabytes)).toEqual(
      Array.from({ length: 9 }, () => null),
    );
  });
});
