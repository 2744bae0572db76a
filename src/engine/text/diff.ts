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

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
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
  while (head < old.length && head < now.length && old[head]?.text === now[head]?.text) head++;
  let oldEnd = old.length;
  let nowEnd = now.length;
  while (oldEnd > head && nowEnd > head && old[oldEnd - 1]?.text === now[nowEnd - 1]?.text) {
    oldEnd--;
    nowEnd--;
  }
  const a = old.slice(head, oldEnd);
  const b = now.slice(head, nowEnd);
  const kept = a.length <= MAX_ALIGNED && b.length <= MAX_ALIGNED ? commonTokens(a, b) : { old: new Set<number>(), now: new Set<number>() };
  return { added: spans(b, kept.now, after), removed: spans(a, kept.old, before) };
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)) {
    found.push({ text: match[0], start: match.index, end: match.index + match[0].length });
    if (found.length >= MAX_TOKENS) break;
  }
  return found;
}

function commonTokens(a: readonly Token[], b: readonly Token[]): { old: Set<number>; now: Set<number> } {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        a[i]?.text === b[j]?.text
          ? (lengths[at + width + 1] as number) + 1
          : Math.max(lengths[at + width] as number, lengths[at + 1] as number);
    }
  }
  const old = new Set<number>();
  const now = new Set<number>();
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i]?.text === b[j]?.text) {
      old.add(i++);
      now.add(j++);
    } else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) i++;
    else j++;
  }
  return { old, now };
}

function spans(list: readonly Token[], kept: ReadonlySet<number>, source: string): Span[] {
  const found: Span[] = [];
  let start = -1;
  for (let i = 0; i <= list.length; i++) {
    const open = i < list.length && !kept.has(i);
    if (open && start < 0) start = i;
    if (open || start < 0) continue;
    const from = (list[start] as Token).start;
    const to = (list[i - 1] as Token).end;
    found.push({ start: from, end: to, text: source.slice(from, to) });
    start = -1;
  }
  return found;
}
