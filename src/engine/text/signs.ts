import { LONGEST_WORD } from './english.ts';

/** What kinds of encoded runs a text may hold, as bits; a bit that is missing rules the kind out. */
export const SIGN = { base64: 1, hex: 2, spaced: 4, dotted: 8, hyphened: 16, leet: 32 } as const;

/** Shortest runs that the decoders take up. */
const BASE64_RUN = 16;
const HEX_RUN = 16;
const HEX_PAIRS = 7;
const SPREAD_LETTERS = 9;
const CUT_WORDS = 2;
const LEET_DIGITS = 3;
const LEET_WORDS = 2;

/** Classes of characters, as bits. */
const LETTER = 1;
const HEX_DIGIT = 2;
const BASE64_LETTER = 4;
/** Digits and marks that stand for letters. */
const LEET_DIGIT = 8;
/** Anything but blanks and controls. */
const VISIBLE = 16;
/** Marks that part spread-out letters. */
const MARK = 32;
const BLANK = 64;
const HEX_SEPARATOR = 128;
/** A digit that stands for no letter. */
const MERE_DIGIT = 256;
const WORD = LETTER | LEET_DIGIT | MERE_DIGIT;
const MIDDLE_DOT = 0xb7;
const HYPHEN = 0x2d;
const BACKSLASH = 0x5c;

const CLASSES = new Uint16Array(128);
for (let code = 33; code < 127; code++) {
  const character = String.fromCharCode(code);
  CLASSES[code] =
    VISIBLE |
    (/[A-Za-z]/.test(character) ? LETTER : 0) |
    (/[0-9a-fA-F]/.test(character) ? HEX_DIGIT : 0) |
    (/[A-Za-z0-9+/_-]/.test(character) ? BASE64_LETTER : 0) |
    (/[013457@$]/.test(character) ? LEET_DIGIT : 0) |
    (/[2689]/.test(character) ? MERE_DIGIT : 0) |
    (/[.·_*|-]/.test(character) ? MARK : 0) |
    (character === ':' ? HEX_SEPARATOR : 0);
}
CLASSES[0x20] = BLANK | HEX_SEPARATOR;

/** The signs of a text, in one pass over it. */
export function signsOf(text: string): number {
  let signs = 0;
  let base64 = 0;
  let hex = 0;
  let pairs = 0;
  let pairsEnd = -1;
  let lone = 0;
  let alternating = 0;
  let hyphens = 0;
  let leet = 0;
  let leetBetweenLetters = false;
  let leetWords = 0;
  let wordLength = 0;
  let wordKinds = 0;
  let before = 0;
  let previous = 0;
  let beforeCode = 0;
  let previousCode = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? (CLASSES[code] as number) : code === MIDDLE_DOT ? MARK : 0;
    if ((kind & BASE64_LETTER) === 0) base64 = 0;
    else if (++base64 === BASE64_RUN) signs |= SIGN.base64;
    if ((kind & HEX_DIGIT) !== 0) {
      if (++hex === HEX_RUN) signs |= SIGN.hex;
    } else {
      if (hex >= 2 && (kind & HEX_SEPARATOR) !== 0) {
        pairs = pairsEnd === i - 3 ? pairs + 1 : 1;
        pairsEnd = i;
        if (pairs === HEX_PAIRS) signs |= SIGN.hex;
      } else if (code === BACKSLASH && text.charAt(i + 1) === 'x') signs |= SIGN.hex;
      hex = 0;
    }
    if ((kind & LETTER) !== 0) {
      if (leet >= 1 && leet <= LEET_DIGITS) leetBetweenLetters = true;
      leet = 0;
      if (previousCode === HYPHEN && (before & LETTER) !== 0 && ++hyphens === CUT_WORDS) signs |= SIGN.hyphened;
    } else if ((kind & LEET_DIGIT) !== 0) {
      if (leet > 0 || (previous & LETTER) !== 0) leet++;
    } else leet = 0;
    if ((kind & WORD) !== 0) {
      wordLength++;
      wordKinds |= kind & WORD;
    } else if (wordLength > 0) {
      if (isLeetWord(wordKinds, wordLength)) leetWords++;
      wordLength = wordKinds = 0;
    }
    if ((previous & VISIBLE) !== 0 && (before & BLANK) !== 0 && (kind & VISIBLE) === 0 && ++lone === SPREAD_LETTERS) signs |= SIGN.spaced;
    if ((kind & MARK) !== 0 && code === beforeCode && ++alternating === SPREAD_LETTERS) signs |= SIGN.dotted;
    before = previous;
    previous = kind;
    beforeCode = previousCode;
    previousCode = code;
  }
  // The last letter of spread-out ones may end the text.
  if ((previous & VISIBLE) !== 0 && (before & BLANK) !== 0 && lone + 1 >= SPREAD_LETTERS) signs |= SIGN.spaced;
  if (isLeetWord(wordKinds, wordLength)) leetWords++;
  if (leetBetweenLetters && leetWords >= LEET_WORDS) signs |= SIGN.leet;
  return signs;
}

/** Letters and digits that may stand for the rest of a word. */
function isLeetWord(kinds: number, length: number): boolean {
  return kinds === (LETTER | LEET_DIGIT) && length <= LONGEST_WORD;
}
