import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from './actions.ts';
import { countActions, countBinary, f1, macroF1, precision, scoreActions } from './confusion.ts';

describe('binary counts', () => {
  const counts = countBinary([
    { positive: true, predicted: true },
    { positive: true, predicted: true },
    { positive: true, predicted: false },
    { positive: false, predicted: true },
    { positive: false, predicted: false },
    { positive: false, predicted: false },
  ]);

  it('puts each case in its quadrant', () => {
    expect(counts).toEqual({ truePositives: 2, falseNegatives: 1, falsePositives: 1, trueNegatives: 2 });
    expect(f1(counts)).toBeCloseTo(2 / 3, 12);
    expect(precision(counts)).toBeCloseTo(2 / 3, 12);
  });

  it('has no F1 when there is nothing to find and no precision when nothing was flagged', () => {
    expect(f1({ truePositives: 0, falsePositives: 0, falseNegatives: 0 })).toBeNull();
    expect(f1({ truePositives: 0, falsePositives: 3, falseNegatives: 0 })).toBe(0);
    expect(precision({ truePositives: 0, falsePositives: 0, trueNegatives: 4, falseNegatives: 1 })).toBeNull();
  });
});

describe('action scores', () => {
  const matrix = countActions([
    { fitting: 'ALLOW', taken: 'ALLOW' },
    { fitting: 'ALLOW', taken: 'ALLOW' },
    { fitting: 'ALLOW', taken: 'BLOCK' },
    { fitting: 'BLOCK', taken: 'BLOCK' },
    { fitting: 'SPOTLIGHT', taken: 'BLOCK' },
  ]);

  it('counts rows as fitting and columns as taken', () => {
    expect(matrix.ALLOW.BLOCK).toBe(1);
    expect(matrix.SPOTLIGHT.BLOCK).toBe(1);
    expect(matrix.BLOCK.ALLOW).toBe(0);
  });

  it('averages F1 over the actions that occur', () => {
    const scores = scoreActions(matrix);
    expect(scores.ALLOW).toEqual({ support: 3, taken: 2, precision: 1, recall: 2 / 3, f1: 0.8 });
    expect(scores.BLOCK).toEqual({ support: 1, taken: 3, precision: 1 / 3, recall: 1, f1: 0.5 });
    expect(scores.SPOTLIGHT).toEqual({ support: 1, taken: 0, precision: null, recall: 0, f1: 0 });
    expect(scores.REVOKE_STDIO.f1).toBeNull();
    expect(macroF1(scores)).toBeCloseTo((0.8 + 0.5 + 0) / 3, 12);
    expect(macroF1(scoreActions(countActions([])))).toBeNull();
  });

  it('is 1 exactly when every action fits', () => {
    const pair = fc.record({ fitting: fc.constantFrom(...ACTIONS), taken: fc.constantFrom(...ACTIONS) });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 60 }), (items) => {
        const score = macroF1(scoreActions(countActions(items)))!;
        expect(score === 1).toBe(items.every(({ fitting, taken }) => fitting === taken));
      }),
    );
  });
});
