import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect, integer, oneOf } from './options.ts';

describe('option parsers', () => {
  it('take whole numbers within bounds and nothing else', () => {
    const parse = integer(1, 100);
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 200 }), (value) => {
        if (value >= 1 && value <= 100) expect(parse(String(value))).toBe(value);
        else expect(() => parse(String(value))).toThrow(InvalidArgumentError);
      }),
    );
    for (const text of ['', ' 5', '5.0', '1e1', '0x5', 'five', '９', '99999999999999999999'])
      expect(() => parse(text)).toThrow(InvalidArgumentError);
  });

  it('take one word out of a list, and repeated options in order', () => {
    expect(oneOf(['a', 'b'])('b')).toBe('b');
    expect(() => oneOf(['a', 'b'])('c')).toThrow('one of a, b');
    expect(collect('y', collect('x', []))).toEqual(['x', 'y']);
  });
});
