import { countWords, isEnglishWord, looksLikeText, rot13 } from './english.ts';
import { SIGN, signsOf } from './signs.ts';
import { utf8Text } from './utf8.ts';

/** A stretch of text that decodes into other text. */
export interface EncodedRun {
  readonly encoding: 'base64' | 'hex' | 'url' | 'rot13' | 'split' | 'html_entities' | 'reversed' | 'leet';
  /** Character range in the text that was searched. */
  readonly start: number;
  readonly end: number;
  /** At most `MAX_DECODED` characters. */
  readonly text: string;
}

/** Longest decoded text of one run, characters. */
export const MAX_DECODED = 16_384;
/** Runs looked at per text and decoder, and how many of them, the longest, are kept. */
const MAX_RUNS = 64;
const MAX_KEPT = 8;

/** Encoded runs of one text, at most eight of each kind; work is linear in the length of the text. */
export function encodedRuns(text: string): readonly EncodedRun[] {
  const signs = signsOf(text);
  const runs: EncodedRun[] = [];
  // What spans the text comes first: its pieces look like broken runs of the others.
  add(runs, splitRuns(text, signs));
  addWholeTextRuns(runs, text, signs);
  if ((signs & SIGN.base64) !== 0) add(runs, base64Runs(text));
  if ((signs & SIGN.hex) !== 0) add(runs, hexRuns(text));
  if (text.includes('%')) add(runs, urlRuns(text));
  if (text.includes('&#')) add(runs, entityRuns(text));
  return runs;
}

function add(runs: EncodedRun[], found: readonly EncodedRun[]): void {
  if (found.length > 0) runs.push(...keepLongest(found));
}

function keepLongest(runs: readonly EncodedRun[]): readonly EncodedRun[] {
  if (runs.length <= MAX_KEPT) return runs;
  return [...runs].sort((a, b) => b.text.length - a.text.length || a.start - b.start).slice(0, MAX_KEPT);
}

const BASE64 = /[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{8,}){0,400}={0,2}/g;

function base64Runs(text: string): EncodedRun[] {
  const runs: EncodedRun[] = [];
  for (const match of text.matchAll(BASE64)) {
    if (runs.length >= MAX_RUNS) break;
    const run = match[0];
    if (isPlainWord(run)) continue;
    const decoded = decodeBase64Text(run);
    if (decoded !== null) runs.push({ encoding: 'base64', start: match.index, end: match.index + run.length, text: decoded });
  }
  return runs;
}

/** A lower-case identifier or path: base64 of text practically always mixes cases and digits. */
function isPlainWord(run: string): boolean {
  return /^[a-z/_-]+$/.test(run) || /^[A-Z_/-]+$/.test(run) || /^[0-9-]+$/.test(run) || /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(run);
}

/** Text of a base64 run (either alphabet, padding optional), UTF-8 or UTF-16LE; null when it is none. */
export function decodeBase64Text(run: string): string | null {
  const bytes = base64Bytes(run.length > MAX_DECODED * 2 ? run.slice(0, MAX_DECODED * 2) : run);
  if (bytes === null) return null;
  return bytesToText(bytes);
}

const SEXTET = new Int8Array(128).fill(-1);
for (const [i, c] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) SEXTET[c.charCodeAt(0)] = i;
SEXTET['-'.charCodeAt(0)] = 62;
SEXTET['_'.charCodeAt(0)] = 63;

function base64Bytes(run: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.ceil((run.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let width = 0;
  for (let i = 0; i < run.length; i++) {
    const code = run.charCodeAt(i);
    if (code === 10 || code === 13) continue;
    if (code === 61) break;
    const value = code < 128 ? (SEXTET[code] as number) : -1;
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0xffffff;
    width += 6;
    if (width >= 8) {
      width -= 8;
      bytes[length++] = (bits >> width) & 0xff;
    }
  }
  return length < 8 ? null : bytes.subarray(0, length);
}

const UTF16 = new TextDecoder('utf-16le');

function bytesToText(bytes: Uint8Array): string | null {
  const isWide = bytes.length >= 8 && bytes[1] === 0 && bytes[3] === 0 && bytes[5] === 0;
  const text = isWide
    ? UTF16.decode(bytes.subarray(0, bytes.length - (bytes.length % 2)))
    : // A cut-off last character is common in truncated payloads: try once without it.
      (utf8Text(bytes) ?? utf8Text(bytes.subarray(0, Math.max(0, bytes.length - 3))));
  if (text === null) return null;
  const kept = text.length > MAX_DECODED ? text.slice(0, MAX_DECODED) : text;
  return looksLikeText(kept) ? kept : null;
}

const HEX = /(?:\\x[0-9a-fA-F]{2}){6,}|(?:[0-9a-fA-F]{2}[ :]){7,}[0-9a-fA-F]{2}(?![0-9a-fA-F])|(?:0x)?[0-9a-fA-F]{16,}/g;

function hexRuns(text: string): EncodedRun[] {
  const runs: EncodedRun[] = [];
  for (const match of text.matchAll(HEX)) {
    if (runs.length >= MAX_RUNS) break;
    const decoded = decodeHexText(match[0]);
    if (decoded !== null) runs.push({ encoding: 'hex', start: match.index, end: match.index + match[0].length, text: decoded });
  }
  return runs;
}

function decodeHexText(run: string): string | null {
  const digits = (run.startsWith('0x') ? run.slice(2) : run).replace(/\\x|[ :]/g, '');
  if (digits.length % 2 !== 0) return null;
  const count = Math.min(digits.length / 2, MAX_DECODED);
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return bytesToText(bytes);
}

/** A stretch that URL text may fill; the percent escape is looked for afterwards, which keeps the search linear. */
const URL_TEXT = /[^\s"'<>`]+/g;
const MIN_ESCAPES = 3;

function urlRuns(text: string): EncodedRun[] {
  const runs: EncodedRun[] = [];
  for (const match of text.matchAll(URL_TEXT)) {
    if (runs.length >= MAX_RUNS) break;
    if (!match[0].includes('%')) continue;
    const run = match[0].slice(0, MAX_DECODED * 3);
    const escapes = run.match(/%[0-9A-Fa-f]{2}/g)?.length ?? 0;
    if (escapes < MIN_ESCAPES && !/%(?:2e|25|c0|c1|e0|2f|5c|00)/i.test(run)) continue;
    const decoded = decodePercent(run);
    if (decoded !== run)
      runs.push({ encoding: 'url', start: match.index, end: match.index + match[0].length, text: decoded.slice(0, MAX_DECODED) });
  }
  return runs;
}

/**
 * Percent-decodes byte by byte. Overlong and broken UTF-8 is read the lenient way that
 * vulnerable servers read it, so that `%c0%ae` shows the dot it smuggles.
 */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = new Uint8Array(run.length / 3);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(run.slice(i * 3 + 1, i * 3 + 3), 16);
    return utf8Text(bytes) ?? lenientUtf8(bytes);
  });
}

function lenientUtf8(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) {
    const a = bytes[i] as number;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    if ((a === 0xe0 || a === 0xf0) && b !== undefined && c !== undefined) {
      out += String.fromCharCode(((b & 0x3f) << 6) | (c & 0x3f));
      i += 2;
    } else if (a >= 0xc0 && a < 0xe0 && b !== undefined) {
      out += String.fromCharCode(((a & 0x1f) << 6) | (b & 0x3f));
      i += 1;
    } else out += String.fromCharCode(a);
  }
  return out;
}

const ENTITIES = /(?:&#(?:x[0-9a-fA-F]{1,6}|[0-9]{1,7});){4,}/g;

function entityRuns(text: string): EncodedRun[] {
  const runs: EncodedRun[] = [];
  for (const match of text.matchAll(ENTITIES)) {
    if (runs.length >= MAX_RUNS) break;
    const decoded = match[0].slice(0, MAX_DECODED * 4).replace(/&#(x?)([0-9a-fA-F]{1,7});/g, (_, hex: string, digits: string) => {
      const code = Number.parseInt(digits, hex === '' ? 10 : 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    });
    runs.push({ encoding: 'html_entities', start: match.index, end: match.index + match[0].length, text: decoded.slice(0, MAX_DECODED) });
  }
  return runs;
}

/** String concatenation: `"ig" + "nore"`, quotes escaped or not. */
const CONCAT = /\\?(["'])[ ]{0,4}\+\s{0,8}\\?\1/g;
/** Quotes inside a word, which a shell drops: `c""at`, `wh''oami`. */
const INNER_QUOTES = /(?<=[A-Za-z/.])(?:""|'')(?=[A-Za-z/.])/g;
/** Letters spread out by single blanks; two blanks part the words. */
const SPACED = /(?<![^\s])[!-~](?: {1,2}[!-~](?![!-~])){9,}/g;
/** Without three of them one blank apart, or another sign of cut-up text, blanks are layout. */
const SPLIT_SIGN = /["'] {0,4}\+|""|''|-|[!-~] [!-~] [!-~] |[^\n]([.·_*|])[^\n]\1/;
/** Letters, blanks among them, each followed by the same mark: `a.n.d. .t.h.e.n.` */
const DOTTED = /[^\n]([.·_*|-])(?:[^\n]\1){9,}/g;
/** Words cut by hyphens: `ig-nore prev-ious`. */
const HYPHENED = /\b[A-Za-z]{1,12}(?:-[A-Za-z]{1,12}){1,4}\b/g;

function splitRuns(text: string, signs: number): EncodedRun[] {
  const runs: EncodedRun[] = [];
  if (text.includes('+')) {
    const joined = text.replace(CONCAT, '');
    if (joined !== text) pushWhole(runs, 'split', text, joined);
  }
  if (text.includes('""') || text.includes("''")) {
    const joined = text.replace(INNER_QUOTES, '');
    if (joined !== text) pushWhole(runs, 'split', text, joined);
  }
  if ((signs & SIGN.spaced) !== 0 && SPLIT_SIGN.test(text)) {
    for (const match of text.matchAll(SPACED))
      pushSpread(
        runs,
        match,
        match[0]
          .split('  ')
          .map((word) => word.replaceAll(' ', ''))
          .join(' '),
      );
  }
  if ((signs & SIGN.dotted) !== 0) for (const match of text.matchAll(DOTTED)) pushSpread(runs, match, everySecond(match[0]));
  if ((signs & SIGN.hyphened) !== 0) {
    let words = 0;
    const joined = text.replace(HYPHENED, (word) => {
      const whole = word.replaceAll('-', '');
      if (!isEnglishWord(whole.toLowerCase())) return word;
      words++;
      return whole;
    });
    if (words >= 2) pushWhole(runs, 'split', text, joined);
  }
  return runs;
}

function pushSpread(runs: EncodedRun[], match: RegExpExecArray, joined: string): void {
  if (runs.length >= MAX_RUNS || !/[A-Za-z]{3}/.test(joined)) return;
  runs.push({ encoding: 'split', start: match.index, end: match.index + match[0].length, text: joined.slice(0, MAX_DECODED) });
}

function everySecond(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i += 2) out += text.charAt(i);
  return out;
}

function pushWhole(runs: EncodedRun[], encoding: EncodedRun['encoding'], text: string, decoded: string): void {
  runs.push({ encoding, start: 0, end: text.length, text: decoded.slice(0, MAX_DECODED) });
}

const LEET_WORD = /[A-Za-z0-9@$]*(?:[A-Za-z][013457@$]|[013457@$][A-Za-z])[A-Za-z0-9@$]*/g;
const LEET: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's' };

/** Addresses and shells spelled backwards. */
const REVERSED_SIGN = /\/\/:s?ptth|hs\/nib\/|hsab\/|cte\/(?=\s|$)/i;

/** ROT13, reversed and leet text: looked for where words are missing but their images abound. */
function addWholeTextRuns(runs: EncodedRun[], text: string, signs: number): void {
  const counts = countWords(text.toLowerCase());
  if (counts.rot13 >= 3) pushWhole(runs, 'rot13', text, rot13(text));
  if (counts.reversed >= 3 || (text.includes('/') && REVERSED_SIGN.test(text)))
    pushWhole(runs, 'reversed', text, [...text].reverse().join(''));
  if ((signs & SIGN.leet) === 0) return;
  let changed = 0;
  const plain = text.replace(LEET_WORD, (word) => {
    const letters = unleet(word);
    if (!isEnglishWord(letters) && !isEnglishWord(letters.replace(/i/g, 'l'))) return word;
    changed++;
    return letters;
  });
  if (changed >= 2) pushWhole(runs, 'leet', text, plain.replace(LEET_WORD, unleet));
}

function unleet(word: string): string {
  return word.toLowerCase().replace(/[013457@$]/g, (digit) => LEET[digit] as string);
}
