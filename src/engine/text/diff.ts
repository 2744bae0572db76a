/** Word-level difference of two texts. */
export interface TextDiff {
  /** Stretches of the new text that the old one lacks, in order. */
  readonly added: readonly Span[];
  /** Stretches of the old text that the new one lacks, in order. */
  readonly removed: readonly Span[];
}

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Words and marks of a text: where each stands, and a hash that equal ones share. */
interface Tokens {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly hashes: readonly number[];
}

/** Longest middle, in tokens of either side, that is aligned exactly; beyond it the whole middle counts as replaced. */
const MAX_ALIGNED = 400;
const MAX_TOKENS = 20_000;

/**
 * Difference by words: common head and tail are cut off, the middle is aligned by
 * longest common subsequence. At most 400 x 400 cells of work.
 */
export function diffWords(before: string, after: string): TextDiff {
  if (before === after) return { added: [], removed: [] };
  const old = tokens(before);
  const now = tokens(after);
  let head = 0;
  let oldEnd = old.hashes.length;
  let nowEnd = now.hashes.length;
  while (head < oldEnd && head < nowEnd && areEqual(old, head, now, head)) head++;
  while (oldEnd > head && nowEnd > head && areEqual(old, oldEnd - 1, now, nowEnd - 1)) {
    oldEnd--;
    nowEnd--;
  }
  const kept = commonTokens(old, now, head, oldEnd, nowEnd);
  return { added: spans(now, head, kept.now), removed: spans(old, head, kept.old) };
}

const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;

/** Kinds of ASCII characters. */
const SPACES = 1;
const WORDS = 2;
const KINDS = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  KINDS[code] = /\w/.test(character) ? WORDS : SPACE.test(character) ? SPACES : 0;
}

/** Runs of letters, digits and underscores, and every other character that is no space by itself. */
function tokens(text: string): Tokens {
  const starts: number[] = [];
  const ends: number[] = [];
  const hashes: number[] = [];
  let start = -1;
  let hash = 0;
  for (let i = 0; i <= text.length;) {
    const code = i < text.length ? (text.codePointAt(i) as number) : 0x20;
    const size = code > 0xffff ? 2 : 1;
    const kind = code < 128 ? (KINDS[code] as number) : kindOf(code);
    if (kind === WORDS) {
      if (start < 0) start = i;
      hash = (Math.imul(hash, 31) + code) | 0;
    } else {
      if (start >= 0) {
        starts.push(start);
        ends.push(i);
        hashes.push(hash);
        if (hashes.length >= MAX_TOKENS) break;
        start = -1;
        hash = 0;
      }
      if (kind !== SPACES) {
        starts.push(i);
        ends.push(i + size);
        hashes.push(code);
        if (hashes.length >= MAX_TOKENS) break;
      }
    }
    i += size;
  }
  return { text, starts, ends, hashes };
}

function kindOf(code: number): number {
  const character = String.fromCodePoint(code);
  return WORD.test(character) ? WORDS : SPACE.test(character) ? SPACES : 0;
}

function areEqual(a: Tokens, i: number, b: Tokens, j: number): boolean {
  if (a.hashes[i] !== b.hashes[j]) return false;
  const from = a.starts[i] as number;
  const length = (a.ends[i] as number) - from;
  const other = b.starts[j] as number;
  if ((b.ends[j] as number) - other !== length) return false;
  for (let k = 0; k < length; k++) if (a.text.charCodeAt(from + k) !== b.text.charCodeAt(other + k)) return false;
  return true;
}

/** Which tokens of the middles a longest common subsequence keeps; 1 for those. */
function commonTokens(a: Tokens, b: Tokens, head: number, aEnd: number, bEnd: number): { old: Uint8Array; now: Uint8Array } {
  const old = new Uint8Array(aEnd - head);
  const now = new Uint8Array(bEnd - head);
  if (old.length === 0 || now.length === 0 || old.length > MAX_ALIGNED || now.length > MAX_ALIGNED) return { old, now };
  // A token that the other side lacks changes no length: only shared ones get a row or a column.
  const rows = sharedTokens(a, head, aEnd, new Set(b.hashes.slice(head, bEnd)));
  const columns = sharedTokens(b, head, bEnd, new Set(a.hashes.slice(head, aEnd)));
  if (rows.length === 0 || columns.length === 0) return { old, now };
  const lengths = commonLengths(a, rows, b, columns);
  const width = columns.length + 1;
  let row = 0;
  let column = 0;
  for (let j = head; row < rows.length && j < bEnd;) {
    const i = rows[row] as number;
    const isShared = columns[column] === j;
    if (isShared && areEqual(a, i, b, j)) {
      old[i - head] = 1;
      now[j - head] = 1;
      row++;
      column++;
      j++;
      continue;
    }
    const after = isShared ? column + 1 : column;
    if ((lengths[(row + 1) * width + column] as number) >= (lengths[row * width + after] as number)) row++;
    else {
      column = after;
      j++;
    }
  }
  return { old, now };
}

/** Positions of the tokens in the middle whose hash the other side has too. */
function sharedTokens({ hashes }: Tokens, head: number, end: number, others: ReadonlySet<number>): readonly number[] {
  const shared: number[] = [];
  for (let i = head; i < end; i++) if (others.has(hashes[i] as number)) shared.push(i);
  return shared;
}

/** (row, column) -> length of the longest common subsequence from there to the end. */
function commonLengths(a: Tokens, rows: readonly number[], b: Tokens, columns: readonly number[]): Uint16Array {
  const width = columns.length + 1;
  const lengths = new Uint16Array((rows.length + 1) * width);
  for (let row = rows.length - 1; row >= 0; row--) {
    for (let column = columns.length - 1; column >= 0; column--) {
      const at = row * width + column;
      lengths[at] = areEqual(a, rows[row] as number, b, columns[column] as number)
        ? (lengths[at + width + 1] as number) + 1
        : Math.max(lengths[at + width] as number, lengths[at + 1] as number);
    }
  }
  return lengths;
}

/** The stretches of the middle, which begins at the token `head`, that were not kept. */
function spans({ text, starts, ends }: Tokens, head: number, kept: Uint8Array): Span[] {
  const found: Span[] = [];
  let first = -1;
  for (let i = 0; i <= kept.length; i++) {
    const open = i < kept.length && kept[i] === 0;
    if (open && first < 0) first = i;
    if (open || first < 0) continue;
    const start = starts[head + first] as number;
    const end = ends[head + i - 1] as number;
    found.push({ start, end, text: text.slice(start, end) });
    first = -1;
  }
  return found;
}
