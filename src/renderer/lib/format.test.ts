import { describe, expect, it } from 'vitest';
import { bytes, fixed, middle, milliseconds, parameters, percent, plural, signed } from './format.ts';

describe('formatters', () => {
  it('signs figures with a true minus and never signs zero', () => {
    expect([0.5, -1, 0, -0.001].map((value) => signed(value))).toEqual(['+0.50', '−1.00', '0.00', '0.00']);
    expect(fixed(-0.126)).toBe('−0.13');
    expect(fixed(null)).toBe('–');
  });
  it('prints shares, times and sizes with fitting precision', () => {
    expect(percent(0.1254)).toBe('12.5%');
    expect(percent(null)).toBe('–');
    expect([0.844, 12.34, 1204.4].map(milliseconds)).toEqual(['0.84', '12.3', '1,204']);
    expect([999, 1000, 13_000_000, 999_960].map(bytes)).toEqual(['999 B', '1.0 kB', '13.0 MB', '1.0 MB']);
    expect([4_200_000, 3_100_000_000, 64_000].map(parameters)).toEqual(['4.2M', '3.1B', '64k']);
  });
  it('counts and shortens', () => {
    expect([plural(1, 'episode'), plural(1200, 'episode')]).toEqual(['1 episode', '1,200 episodes']);
    expect(middle('0123456789abcdef', 4)).toBe('0123…cdef');
    expect(middle('short', 4)).toBe('short');
  });
});
