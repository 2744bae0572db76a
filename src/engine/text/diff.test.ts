import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffWords } from './diff.ts';

describe('diffWords', () => {
  test('finds what was added and removed', () => {
    const diff = diffWords('Returns the weather for a city.', 'Returns the forecast for a city. Times are in UTC.');
    expect(diff.added.map((span) => span.text)).toEqual(['forecast', '. Times are in UTC']);
    expect(diff.removed.map((span) => span.text)).toEqual(['weather']);
  });

  test('spans are ranges of their texts; equal texts have none', () => {
    const words = fc
      .array(fc.constantFrom('a', 'b', 'c', 'read', 'the', 'file', '.', '(x)'), { maxLength: 40 })
      .map((list) => list.join(' '));
    fc.assert(
      fc.property(words, words, (before, after) => {
        const { added, removed } = diffWords(before, after);
        for (const span of added) expect(after.slice(span.start, span.end)).toBe(span.text);
        for (const span of removed) expect(before.slice(span.start, span.end)).toBe(span.text);
        if (before === after) expect([...added, ...removed]).toEqual([]);
        // What is kept on either side is the same text.
        expect(without(after, added)).toBe(without(before, removed));
      }),
    );
  });

  test('a large rewrite costs bounded work', () => {
    const before = Array.from({ length: 15_000 }, (_, i) => `w${i}`).join(' ');
    const start = performance.now();
    expect(diffWords(before, before.replaceAll('w', 'v')).added).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

function without(text: string, spans: readonly { start: number; end: number }[]): string {
  let out = '';
  let reached = 0;
  for (const { start, end } of spans) {
    out += text.slice(reached, start);
    reached = end;
  }
  return (out + text.slice(reached)).replace(/\s+/g, '');
}
