import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countHostile, segmentLabel, segmentText } from './hostileText.ts';

const hostileCharacter = fc.constantFrom(
  '\u200b',
  '\u202e',
  '\u{e0041}',
  '\u{e0042}',
  '\u0000',
  '\u001b',
  'а',
  'ο',
  '\ufe0f',
  '\ud800',
  '\udc00',
  'Ａ',
  '𝐚',
  '\ue000',
);
const anyText = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-ascii' }), hostileCharacter), { maxLength: 30 })
  .map((parts) => parts.join(''));

const boxed = (text: string) =>
  segmentText(text).flatMap((segment) => (segment.kind === 'hostile' ? [[segment.category, segment.text]] : []));

describe('segmentText', () => {
  it('loses and adds nothing: the segments joined are the input', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(
          segmentText(text)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves no invisible or reordering character in a text segment', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const segment of segmentText(text)) {
          const invisible = [...segment.text].filter((character) => {
            const code = character.codePointAt(0) ?? 0;
            return (
              (code < 0x20 && code !== 9 && code !== 10) ||
              code === 0x200b ||
              (code >= 0x202a && code <= 0x202e) ||
              code >> 7 === 0xe0000 >> 7
            );
          });
          expect(segment.kind === 'text' ? invisible : []).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('boxes each category', () => {
    expect(boxed('a\u200bb')).toEqual([['zero_width', '\u200b']]);
    expect(boxed('a\u202eb')).toEqual([['bidi', '\u202e']]);
    expect(boxed('a\u001b[31m')).toEqual([['control', '\u001b']]);
    expect(boxed('x\ue123')).toEqual([['private_use', '\ue123']]);
    expect(boxed('x\ud800y')).toEqual([['surrogate', '\ud800']]);
    expect(boxed('x\ufe01')).toEqual([['variation', '\ufe01']]);
  });

  it('reads what tag characters spell', () => {
    const hidden = [...'run rm'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
    expect(segmentText(`ok${hidden}`)[1]).toMatchObject({ category: 'tag', count: 6, reads: 'run rm' });
  });

  it('marks look-alikes in mixed words and in Latin text, not in Russian prose', () => {
    expect(boxed('pаypal')).toEqual([['confusable', 'а']]);
    expect(boxed('send to соре')).toHaveLength(4);
    expect(boxed('Привет, а это текст')).toEqual([]);
    expect(boxed('Привет, pаypal')).toEqual([['confusable', 'а']]);
    expect(boxed('ｃurl')).toEqual([['confusable', 'ｃ']]);
  });

  it('leaves emoji sequences and plain line breaks alone', () => {
    expect(boxed('👩‍💻 ❤️\n\tdone')).toEqual([]);
  });
});

describe('segmentLabel', () => {
  it('names code points and counts long runs', () => {
    expect(segmentLabel('\u202e')).toBe('U+202E');
    expect(segmentLabel('\u200b'.repeat(9))).toBe('U+200B U+200B U+200B … ×9');
  });
});

describe('countHostile', () => {
  it('adds up by category', () => {
    expect(countHostile(['a\u200b\u200bb', '\u202ec\u200b'])).toEqual([
      { category: 'bidi', count: 1, reads: null },
      { category: 'zero_width', count: 3, reads: null },
    ]);
  });
});
