import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstDifference } from './difference.ts';

it('finds no difference between a JSON value and its copy', () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => firstDifference(value, structuredClone(value)) === null));
});

it('says where two values differ', () => {
  expect(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toEqual({ field: 'a.1.b', expected: 2, actual: 3 });
  expect(firstDifference({ a: 1 }, { a: 1, b: 0 })).toEqual({ field: 'b', expected: undefined, actual: 0 });
  expect(firstDifference([1], [1, 2])).toEqual({ field: '1', expected: undefined, actual: 2 });
  expect(firstDifference({ a: [] }, { a: {} })).toEqual({ field: 'a', expected: [], actual: {} });
});

it('compares numbers bit for bit and takes an undefined key for a missing one', () => {
  expect(firstDifference(0.1 + 0.2, 0.3)).not.toBeNull();
  expect(firstDifference({ a: undefined }, {})).toBeNull();
});
