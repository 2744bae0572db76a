import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../random/random.ts';
import { insertInText, join, renderContent, renderWithNote } from './contentText.ts';

const rows = [
  { id: 1, title: 'A "quoted" title', body: 'First. Second.' },
  { id: 2, title: 'Other, with comma', body: 'Third.' },
];
const words = fc.stringMatching(/^[a-z]{3,12}( [a-z]{3,12}){0,6}$/);

describe('content', () => {
  it('shows every value in whatever shape it is rendered', () => {
    for (let seed = 0; seed < 60; seed++) {
      const text = renderContent(rows, randomFrom(seed));
      for (const part of ['First. Second.', 'Third.', 'Other, with comma']) expect(text).toContain(part);
    }
  });

  it('uses several shapes', () => {
    expect(new Set(Array.from({ length: 60 }, (_, seed) => renderContent(rows, randomFrom(seed)))).size).toBeGreaterThanOrEqual(6);
  });

  it('keeps a text as it is', () => {
    expect(renderContent('plain\ntext', randomFrom(1))).toBe('plain\ntext');
  });

  it('always carries the note whole, and never loses the content', () => {
    fc.assert(
      fc.property(words, fc.nat(), (note, seed) => {
        const text = renderWithNote(rows, note, randomFrom(seed));
        expect(text).toContain(note);
        expect(text).toContain('Third.');
        expect(insertInText('one\ntwo\nthree\nfour', note, randomFrom(seed)).replace(note, '')).toMatch(/one\s+two\s+three\s+four/);
        expect(join('One. Two.', note, randomFrom(seed))).toContain(note);
      }),
    );
  });
});
