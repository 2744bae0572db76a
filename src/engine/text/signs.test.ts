import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIGN, signsOf } from './signs.ts';

/** What the decoders search for; a text that holds one of these must bear its sign. */
const SOUGHT: readonly (readonly [keyof typeof SIGN, RegExp])[] = [
  ['base64', /[A-Za-z0-9+/_-]{16}/],
  ['hex', /(?:\\x[0-9a-fA-F]{2}){6}|(?:[0-9a-fA-F]{2}[ :]){7}[0-9a-fA-F]{2}(?![0-9a-fA-F])|[0-9a-fA-F]{16}/],
  ['spaced', /(?<![^\s])[!-~](?: {1,2}[!-~](?![!-~])){9}/],
  ['dotted', /[^\n]([.·_*|-])(?:[^\n]\1){9}/],
  ['hyphened', /\b[A-Za-z]{1,12}-[A-Za-z]{1,12}\b[^]*\b[A-Za-z]{1,12}-[A-Za-z]{1,12}\b/],
];

const piece = fc.oneof(
  fc.constantFrom(
    'a b c d e f g h i j k ',
    'i.g.n.o.r.e. .a.l.l',
    'ig-nore',
    '\\x41\\x42\\x43\\x44\\x45\\x46',
    '61 62 63 64 65 66 67 68 ',
    'é',
  ),
  fc.string({ unit: fc.constantFrom('a', 'F', '4', '9', ' ', '-', '.', ':', '\\', 'x', '\n', '·'), maxLength: 24 }),
);

describe('signsOf', () => {
  it('misses nothing that a decoder would find', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
        const text = pieces.join('');
        for (const [kind, pattern] of SOUGHT) if (pattern.test(text)) expect(signsOf(text) & SIGN[kind], kind).not.toBe(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('wants two leet words, one of them with digits between letters', () => {
    expect(signsOf('1gn0re pr3vious') & SIGN.leet).not.toBe(0);
    expect(signsOf('pr3vious') & SIGN.leet).toBe(0);
    expect(signsOf('build 3f9a2c81') & SIGN.leet).toBe(0);
  });

  it('finds no sign in prose', () => {
    expect(signsOf('Reads one file of the workspace, as UTF-8 text.')).toBe(0);
  });
});
