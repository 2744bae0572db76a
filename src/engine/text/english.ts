/**
 * Common English words and the vocabulary of orders and commands. Enough to tell
 * language from the noise that a wrong decoding yields; not a language model.
 */
const WORDS =
  'the and for are but not you all any can had her was one our out day get has him his how man new now old see two way who its let put say she too use this that with have from they know want been good much some time very when come here just like long make many more only over such take than them well were what will your about after again before below could every first found great house large never other place point right small sound still their there these thing think those three under water where which while world would write ' +
  'ignore previous instructions instruction disregard forget prior earlier above system prompt rules assistant user tell send forward email message read file files content contents copy delete remove call tool tools output input result include attach password passwords secret secrets key keys token tokens credential credentials private address account transfer amount money payment must should always never reveal mention share upload download post execute command run script shell then also into next request response data before silently without asking notify inform please important everything document folder path open list create update change set reset disable enable security policy override follow following answer question code server url link visit website page report summary confidential hidden note internal audit log history conversation chat contact contacts phone number card bank invoice order book install package project repository branch commit workspace environment variable variables config configuration dev tcp tmp chmod python node echo exec eval sudo wget curl bash http https print return import from';

/** Bits of what a lower-case token is a word in. */
export const ENGLISH = 1;
export const ROT13 = 2;
export const REVERSED = 4;

const LEXICON = new Map<string, number>();
for (const word of WORDS.split(' ')) {
  if (word.length < 3) continue;
  add(word, ENGLISH);
  add(rot13(word), ROT13);
  if (word.length >= 4) add([...word].reverse().join(''), REVERSED);
}

/** Length of the longest word of the list, characters. */
export const LONGEST_WORD = Math.max(...[...LEXICON.keys()].map((word) => word.length));

/** Bits of all words with the same hash: tells most tokens apart from words without cutting them out. */
const BY_HASH = new Uint8Array(1 << 13);
for (const [word, bits] of LEXICON) {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = hashed(hash, word.charCodeAt(i));
  BY_HASH[hash] = (BY_HASH[hash] as number) | bits;
}

function hashed(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) & (BY_HASH.length - 1);
}

function add(word: string, bit: number): void {
  LEXICON.set(word, (LEXICON.get(word) ?? 0) | bit);
}

/** Letters shifted by 13 places; its own inverse. */
export function rot13(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    const base = code < 97 ? 65 : 97;
    return String.fromCharCode(((code - base + 13) % 26) + base);
  });
}

export interface WordCounts {
  /** Tokens of three letters or more. */
  readonly tokens: number;
  readonly english: number;
  readonly rot13: number;
  readonly reversed: number;
}

/** Counts how many tokens of a lower-case text are words as they stand, under ROT13 and backwards. */
export function countWords(lower: string): WordCounts {
  let tokens = 0;
  let english = 0;
  let rotated = 0;
  let reversed = 0;
  let start = -1;
  let hash = 0;
  for (let i = 0; i <= lower.length; i++) {
    const code = i < lower.length ? lower.charCodeAt(i) : 0;
    if (code >= 97 && code <= 122) {
      if (start < 0) start = i;
      hash = hashed(hash, code);
      continue;
    }
    if (start < 0) continue;
    const length = i - start;
    if (length >= 3) {
      tokens++;
      if (length <= LONGEST_WORD && BY_HASH[hash] !== 0) {
        const bits = LEXICON.get(lower.slice(start, i)) ?? 0;
        if ((bits & ENGLISH) !== 0) english++;
        if ((bits & ROT13) !== 0) rotated++;
        if ((bits & REVERSED) !== 0) reversed++;
      }
    }
    start = -1;
    hash = 0;
  }
  return { tokens, english, rot13: rotated, reversed };
}

/** True when a lower-case token is in the word list. */
export function isEnglishWord(lower: string): boolean {
  return ((LEXICON.get(lower) ?? 0) & ENGLISH) !== 0;
}

/**
 * True when text looks like writing rather than decoding noise: practically all of it
 * printable, half of what is not blank letters or digits.
 */
export function looksLikeText(text: string): boolean {
  if (text.length < 4) return false;
  let printable = 0;
  let alphanumeric = 0;
  let letters = 0;
  let blanks = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Invisible characters weigh nothing: they are taken off later.
    if (code === 32 || (code >= 0x200b && code <= 0x206f)) blanks++;
    if (code < 128) {
      const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
      if (letter) letters++;
      if (letter || (code >= 48 && code <= 57)) alphanumeric++;
      if ((code >= 32 && code < 127) || code === 10 || code === 9 || code === 13) printable++;
    } else if (code >= 0xa0 && code !== 0xfffd) {
      printable++;
      // A letter of another script, or half of a character beyond the basic plane.
      if (code < 0x2000 || code > 0x2bff) {
        alphanumeric++;
        letters++;
      }
    }
  }
  return printable >= text.length * 0.95 && alphanumeric >= (text.length - blanks) * 0.5 && letters >= 3;
}
