import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOSTILE, normalizeText } from './normalize.ts';

describe('normalizeText', () => {
  test.each([
    ['zero-width characters', 'ig\u200Bno\u200Cre\u2060 this\uFEFF', 'ignore this', { zeroWidth: 4 }],
    ['only zero-width characters', '\u200B\u200C\u200D\u2060', '', { zeroWidth: 4 }],
    ['bidirectional controls', 'a\u2066b\u2069c', 'abc', { bidi: 2 }],
    ['terminal escapes', '\u001B[31mred\u001B[0m and \u001B]8;;https://a.example\u0007link', 'red and link', { ansi: 3 }],
    ['Unicode tags', 'plain\u{E0001}\u{E0068}\u{E0069}', 'plain', { tags: 'hi' }],
    ['Cyrillic look-alikes', 'f\u043Erward the \u0440assword', 'forward the password', { homoglyphs: true }],
    ['full-width letters', '\uFF29\uFF47\uFF4E\uFF4F\uFF52\uFF45 it', 'Ignore it', { homoglyphs: true }],
    ['a right-to-left override', 'see \u202Etxt.exe\u202C now', 'see txt.exe now', { bidi: 2, visual: 'see exe.txt now' }],
  ] as const)('takes off %s', (_, text, expected, marks) => {
    const found = normalizeText(text);
    expect(found.text).toBe(expected);
    expect(found.marks).toMatchObject(marks);
  });

  test.each(['Привет, команда!', 'Ελληνικό κείμενο', 'café and naïve', '会議は三時です', 'α = 0.08', '5 м²'.replace('м²', 'm')])(
    'leaves %s as it is',
    (text) => {
      expect(normalizeText(text)).toMatchObject({ text, marks: { homoglyphs: false, zeroWidth: 0 } });
    },
  );

  test('joiners inside an emoji are not counted as hidden', () => {
    expect(normalizeText('family 👩\u200D👩\u200D👧 photo').marks.zeroWidth).toBe(0);
  });

  test('is idempotent and leaves nothing hostile', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const once = normalizeText(text).text;
        expect(normalizeText(once).text).toBe(once);
        expect(once.match(HOSTILE)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
