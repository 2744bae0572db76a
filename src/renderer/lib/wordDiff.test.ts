import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffWords } from './wordDiff.ts';

const side = (parts: ReturnType<typeof diffWords>, kept: 'added' | 'removed') =>
  parts
    .filter((part) => part.kind === 'same' || part.kind === kept)
    .map((part) => part.text)
    .join('');

describe('diffWords', () => {
  it('rebuilds both texts from its parts', () => {
    const text = fc
      .array(fc.constantFrom('read', 'file', 'send', ' ', '\n', '.', 'é', '\u200b'), { maxLength: 40 })
      .map((words) => words.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = diffWords(before, after);
        expect(side(parts, 'removed')).toBe(before);
        expect(side(parts, 'added')).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  it('marks only the words that changed', () => {
    expect(diffWords('Reads one file.', 'Reads every file now.')).toEqual([
      { kind: 'same', text: 'Reads ' },
      { kind: 'removed', text: 'one' },
      { kind: 'added', text: 'every' },
      { kind: 'same', text: ' file' },
      { kind: 'added', text: ' now' },
      { kind: 'same', text: '.' },
    ]);
  });

  it('calls wholly different long texts a replacement, in bounded time', () => {
    const before = Array.from({ length: 5_000 }, (_, index) => `a${index}`).join(' ');
    const after = Array.from({ length: 5_000 }, (_, index) => `b${index}`).join('-');
    const parts = diffWords(before, after);
    expect(side(parts, 'removed')).toBe(before);
    expect(side(parts, 'added')).toBe(after);
  });
});
