/* eslint-disable no-control-regex, no-misleading-character-class -- controls, joiners and combining marks are what these classes look for */
import { foldConfusables } from './confusables.ts';

/** What the normaliser took off one string. Counts are of characters. */
export interface Marks {
  readonly zeroWidth: number;
  readonly bidi: number;
  readonly ansi: number;
  /** Text that was spelled in Unicode tag characters; empty when there were none. */
  readonly tags: string;
  readonly homoglyphs: boolean;
  /** The text as right-to-left overrides make it look; empty when there were none. */
  readonly visual: string;
}

export interface Normalized {
  readonly text: string;
  readonly marks: Marks;
}

export const NO_MARKS: Marks = { zeroWidth: 0, bidi: 0, ansi: 0, tags: '', homoglyphs: false, visual: '' };

/** CSI and OSC sequences, bounded so that an unterminated one costs nothing; a lone ESC too. */
const ANSI = /[\x1B\x9B](?:\[[0-9;?]{0,32}[A-Za-z]|\][^\x07\x1B]{0,256}(?:\x07|\x1B\\)?)?/g;
const TAG_RUN = /[\u{E0000}-\u{E007F}]+/gu;
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
/** Text shown backwards: an override to its end or to the end of the line. */
const OVERRIDE = /\u202E([^\u202C\n]{1,4096})\u202C?/g;
const ZERO_WIDTH =
  /[\u00AD\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200D\u2060-\u2065\u206A-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\u{E0080}-\u{E01EF}]/gu;
/** Joiners and variation selectors after an emoji or a letter of a script that needs them are spelling, not hiding. */
const SPELLING =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Sinhala}\p{Script=Malayalam}\uFE0F][\u200C\u200D\uFE0E\uFE0F]+/gu;
const CONTROLS = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u2028\u2029]/g;
const ODD_SPACE = /[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g;

/**
 * Text as a reader would see it: NFKC, without terminal escapes, tag, bidi and
 * zero-width characters, look-alike letters folded to Latin, runs of spaces
 * collapsed. Linear in the length of the text. What was removed is counted in `marks`.
 */
export function normalizeText(text: string): Normalized {
  if (isPlain(text)) return { text: tidySpace(text), marks: NO_MARKS };
  let ansi = 0;
  let bidi = 0;
  let zeroWidth = 0;
  let tags = '';
  let clean = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  clean = clean.replace(ANSI, () => (ansi++, ''));
  clean = clean.replace(TAG_RUN, (run) => ((tags += decodeTags(run)), ''));
  const shown = clean.includes('\u202E') ? clean.replace(OVERRIDE, (_, run: string) => [...run].reverse().join('')) : '';
  clean = clean.replace(BIDI, () => (bidi++, ''));
  clean = clean.replace(SPELLING, (match) => String.fromCodePoint(match.codePointAt(0) as number));
  if (clean.startsWith('\uFEFF')) clean = clean.slice(1);
  clean = clean.replace(ZERO_WIDTH, () => (zeroWidth++, ''));
  clean = clean.replace(CONTROLS, ' ').replace(ODD_SPACE, ' ').normalize('NFKC');
  const folded = foldConfusables(clean);
  return {
    text: tidySpace(folded),
    marks: {
      zeroWidth,
      bidi,
      ansi,
      tags,
      homoglyphs: folded !== clean || isStyled(text),
      visual: shown === '' ? '' : normalizeText(shown.replace(BIDI, '')).text,
    },
  };
}

/** Printable ASCII, tabs and line feeds alone: most strings, and short ones, so that a loop is quicker than a pattern. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a) || code > 0x7e) return false;
  }
  return true;
}

/** Tag characters mirror ASCII at U+E0000; those that mirror no printable character vanish. */
function decodeTags(run: string): string {
  let text = '';
  for (const tag of run) {
    const code = (tag.codePointAt(0) as number) - 0xe0000;
    if (code >= 0x20 && code < 0x7f) text += String.fromCharCode(code);
  }
  return text;
}

/** Full-width or mathematical letters: Latin text in costume. */
function isStyled(text: string): boolean {
  return /[\uFF21-\uFF3A\uFF41-\uFF5A]{2}|[\u{1D400}-\u{1D7FF}]{2}/u.test(text);
}

/** Two blanks survive: in spread-out letters they are what parts the words. */
function tidySpace(text: string): string {
  if (!text.includes('\t') && !text.includes('   ') && !text.includes('\n\n\n')) return text;
  return text
    .replaceAll('\t', ' ')
    .replace(/ {3,}/g, '  ')
    .replace(/\n{3,}/g, '\n\n');
}

/** Every character that hides, reorders or imitates text, for counting and escaping. */
export const HOSTILE =
  /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\u{E0000}-\u{E01EF}]/gu;

/** `\u{200B}`: how a hostile character is written where a model or a person reads it. */
export function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16).toUpperCase()}}`;
}
