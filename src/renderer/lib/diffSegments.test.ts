import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSegments } from './diffSegments.ts';

describe('diffSegments', () => {
  it('loses nothing, whatever the spans', () => {
    const words = fc.array(fc.constantFrom('a', 'b ', 'c', '\n', '.')).map((list) => list.join(' '));
    const spans = fc.array(fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) })));
    fc.assert(
      fc.property(words, words, spans, (before, after, marked) => {
        const segments = diffSegments(before, after, marked);
        const join = (left: 'added' | 'removed') =>
          segments
            .filter(({ kind }) => kind !== left)
            .map(({ text }) => text)
            .join('');
        expect([join('added'), join('removed')]).toEqual([before, after]);
        for (const { at, text } of segments) if (at !== null) expect(after.slice(at.start, at.end)).toBe(text);
      }),
    );
  });
  it('numbers runs of changes and marks what lies in a span', () => {
    const segments = diffSegments('one two three', 'one 2 three four', [{ start: 12, end: 16 }]);
    expect(segments.map(({ kind, text, driving, hunk }) => [kind, text, driving, hunk])).toEqual([
      ['same', 'one ', false, null],
      ['removed', 'two', false, 0],
      ['added', '2', false, null],
      ['same', ' three', false, null],
      ['added', ' ', false, 1],
      ['added', 'four', true, null],
    ]);
  });
});
