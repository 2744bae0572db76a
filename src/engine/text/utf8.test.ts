import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Text } from './utf8.ts';

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes at the borders of what may lead and follow. */
const edge = fc.constantFrom(
  0x00,
  0x41,
  0x7f,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbf,
  0xc0,
  0xc1,
  0xc2,
  0xdf,
  0xe0,
  0xed,
  0xef,
  0xf0,
  0xf4,
  0xf5,
  0xff,
);

describe('utf8Text', () => {
  it('agrees with the platform about any bytes', () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 6 }), (list) => {
        const bytes = Uint8Array.from(list);
        expect(utf8Text(bytes)).toBe(decoded(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads what any text is encoded to', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)), maxLength: 12 }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(utf8Text(bytes)).toBe(decoded(bytes));
      }),
    );
  });
});
