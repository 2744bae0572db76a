import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analystIdSchema } from '../../contract/review.ts';
import { ReviewError } from './reviewError.ts';
import { label, openReviewBench, type ReviewBench } from './testing/reviewBench.ts';
import { waitingCounter } from './waiting.ts';

let bench: ReviewBench;
beforeEach(() => {
  bench = openReviewBench();
});
afterEach(() => bench.close());

describe('waitingCounter', () => {
  it('counts what is open for an analyst, and for anybody', () => {
    const ada = bench.analyst('Ada');
    const bob = bench.analyst('Bob');
    const waiting = waitingCounter(() => bench.review.store);
    expect(waiting(ada)).toMatchObject({ analyst: { name: 'Ada' }, open: 0, items: 0 });
    const first = bench.item(1);
    const second = bench.item(2);
    expect(waiting(ada)).toMatchObject({ open: 2, items: 2 });
    bench.review.desk.skip(first, ada, 'later');
    expect([waiting(ada).open, waiting(bob).open, waiting(undefined).open]).toEqual([1, 2, 2]);
    const before = waiting(bob).revision;
    bench.review.desk.submit(second, bob, label('BLOCK'));
    expect(waiting(bob)).toMatchObject({ open: 1, items: 2 });
    expect(waiting(bob).revision).toBeGreaterThan(before);
  });
  it('counts everything for a profile that is not known here', () => {
    bench.item(1);
    const stranger = analystIdSchema.parse('an-0123456789abcdef');
    expect(waitingCounter(() => bench.review.store)(stranger)).toMatchObject({ analyst: null, open: 1 });
  });
  it('passes on that there is no store', () => {
    const waiting = waitingCounter(() => {
      throw new ReviewError('STORE_UNAVAILABLE', 'none');
    });
    expect(() => waiting(undefined)).toThrow('none');
  });
});
