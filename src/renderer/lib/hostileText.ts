import { lookalike, styledForm } from './confusables.ts';

/** Kinds of characters that a reader cannot see, or takes for others. */
export const HOSTILE_CATEGORIES = ['bidi', 'zero_width', 'tag', 'control', 'confusable', 'variation', 'private_use', 'surrogate'] as const;
export type HostileCategory = (typeof HOSTILE_CATEGORIES)[number];

export const CATEGORY_NAMES: { readonly [C in HostileCategory]: string } = {
  bidi: 'bidirectional control',
  zero_width: 'invisible character',
  tag: 'tag character',
  control: 'control character',
  confusable: 'look-alike letter',
  variation: 'variation selector',
  private_use: 'private-use character',
  surrogate: 'lone surrogate',
};

export type TextSegment =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'hostile';
      readonly text: string;
      readonly category: HostileCategory;
      /** Code points in `text`. */
      readonly count: number;
      /** What the characters pass for or spell when decoded, else null. */
      readonly reads: string | null;
    };

type Ranges = readonly (readonly [number, number])[];

const BIDI: Ranges = [
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
];
/** Joiners, fillers, soft hyphen, invisible operators, annotation and musical controls, the blank Braille cell. */
const ZERO_WIDTH: Ranges = [
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200d],
  [0x2060, 0x2065],
  [0x206a, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffc],
  [0x1d173, 0x1d17a],
];
const VARIATION: Ranges = [
  [0xfe00, 0xfe0f],
  [0xe0100, 0xe01ef],
];
const TAG: Ranges = [[0xe0000, 0xe007f]];
const SURROGATE: Ranges = [[0xd800, 0xdfff]];
const PRIVATE_USE: Ranges = [
  [0xe000, 0xf8ff],
  [0xf0000, 0x10ffff],
];
const EMOJI_PRESENTATION = 0xfe0f;
const ZERO_WIDTH_JOINER = 0x200d;
const PICTOGRAPHIC = /^[\p{Extended_Pictographic}\p{Emoji_Component}]$/u;
const WORD = /^[\p{L}\p{N}\p{M}_]$/u;
const ASCII_LETTER = /^[A-Za-z]$/;
const FOREIGN_LETTER = /^[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}]$/u;
const RUNS: ReadonlySet<HostileCategory> = new Set(['bidi', 'zero_width', 'tag', 'control', 'variation', 'private_use', 'surrogate']);

/** Everything below stays as it is unless one of these ranges or a non-ASCII character occurs. */
const PLAIN = /^[\t\n\x20-\x7e]*$/;

function within(code: number, ranges: Ranges): boolean {
  return ranges.some(([low, high]) => code >= low && code <= high);
}

function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029;
}

function isPictographic(character: string | undefined): boolean {
  return character !== undefined && PICTOGRAPHIC.test(character);
}

/** Category of one character, look-alike letters left out; its neighbours decide about emoji joiners. */
function categoryOf(character: string, before: string | undefined, after: string | undefined): HostileCategory | null {
  const code = character.codePointAt(0) ?? 0;
  if (isControl(code)) return 'control';
  if (code < 0xa0) return null;
  if (within(code, SURROGATE)) return 'surrogate';
  if (within(code, BIDI)) return 'bidi';
  if (within(code, VARIATION)) return code === EMOJI_PRESENTATION && isPictographic(before) ? null : 'variation';
  if (within(code, ZERO_WIDTH)) return code === ZERO_WIDTH_JOINER && isPictographic(before) && isPictographic(after) ? null : 'zero_width';
  if (within(code, TAG)) return 'tag';
  return within(code, PRIVATE_USE) ? 'private_use' : null;
}

/**
 * True when the text holds a foreign letter that no ASCII letter looks like. Then it is
 * honest prose in that script, and only words that mix scripts are suspicious.
 */
function holdsForeignProse(characters: readonly string[]): boolean {
  return characters.some((character) => FOREIGN_LETTER.test(character) && lookalike(character) === null);
}

/** Marks the look-alike letters: styled forms always, foreign letters in mixed-script words or in otherwise Latin text. */
function markConfusables(characters: readonly string[]): ReadonlyMap<number, string> {
  const marks = new Map<number, string>();
  const prose = holdsForeignProse(characters);
  for (let start = 0; start < characters.length;) {
    let end = start;
    let ascii = false;
    const found: (readonly [number, string])[] = [];
    for (; end < characters.length && WORD.test(characters[end] ?? ''); end += 1) {
      const character = characters[end] ?? '';
      ascii ||= ASCII_LETTER.test(character);
      const plain = lookalike(character);
      if (plain !== null) found.push([end, plain]);
    }
    if (ascii || !prose) for (const [index, plain] of found) marks.set(index, plain);
    start = end + 1;
  }
  characters.forEach((character, index) => {
    const plain = styledForm(character);
    if (plain !== null) marks.set(index, plain);
  });
  return marks;
}

/** ASCII that a run of tag characters spells. */
function decodeTags(text: string): string {
  return [...text]
    .map((character) => (character.codePointAt(0) ?? 0) - 0xe0000)
    .filter((code) => code >= 0x20 && code < 0x7f)
    .map((code) => String.fromCharCode(code))
    .join('');
}

/**
 * Cuts a text into readable parts and hostile ones. The segments' texts joined
 * are the input, whatever it holds, lone surrogates included.
 */
export function segmentText(text: string): readonly TextSegment[] {
  if (text === '') return [];
  if (PLAIN.test(text)) return [{ kind: 'text', text }];
  const characters = [...text];
  const confusables = markConfusables(characters);
  const raw: { category: HostileCategory | null; text: string; count: number; reads: string | null }[] = [];
  characters.forEach((character, index) => {
    const plain = confusables.get(index);
    const category = plain === undefined ? categoryOf(character, characters[index - 1], characters[index + 1]) : 'confusable';
    const last = raw.at(-1);
    if (last !== undefined && last.category === category && (category === null || RUNS.has(category))) {
      last.text += character;
      last.count += 1;
    } else {
      raw.push({ category, text: character, count: 1, reads: plain ?? null });
    }
  });
  return raw.map(({ category, text: part, count, reads }) =>
    category === null
      ? { kind: 'text', text: part }
      : { kind: 'hostile', text: part, category, count, reads: category === 'tag' ? decodeTags(part) : reads },
  );
}

/** `U+202E`; at least four digits. */
export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

const MOST_CODE_POINTS_SHOWN = 3;

/** What a box shows for a hostile segment: its first code points, and how many there are. */
export function segmentLabel(text: string): string {
  const characters = [...text];
  const shown = characters.slice(0, MOST_CODE_POINTS_SHOWN).map(codePointName).join(' ');
  return characters.length > MOST_CODE_POINTS_SHOWN ? `${shown} … ×${characters.length}` : shown;
}

/** Hostile characters in texts by category, categories without any left out. */
export function countHostile(
  texts: readonly string[],
): readonly { readonly category: HostileCategory; readonly count: number; readonly reads: string | null }[] {
  const counts = new Map<HostileCategory, { count: number; reads: string }>();
  for (const segment of texts.flatMap((text) => segmentText(text))) {
    if (segment.kind === 'text') continue;
    const entry = counts.get(segment.category) ?? { count: 0, reads: '' };
    counts.set(segment.category, {
      count: entry.count + segment.count,
      reads: segment.category === 'tag' && entry.reads.length < 200 ? entry.reads + (segment.reads ?? '') : entry.reads,
    });
  }
  return HOSTILE_CATEGORIES.flatMap((category) => {
    const entry = counts.get(category);
    return entry === undefined ? [] : [{ category, count: entry.count, reads: entry.reads === '' ? null : entry.reads }];
  });
}
