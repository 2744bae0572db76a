export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Edits beyond this are reported as one replacement: the table of Myers' search grows with their square. */
const MOST_EDITS = 1_500;

/** Words, runs of spaces and single signs; joined they are the input. */
function words(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/**
 * Word-wise difference: the `same` and `removed` parts joined are `before`, the
 * `same` and `added` parts joined are `after`. Shortest edit script after
 * E. Myers, "An O(ND) Difference Algorithm" (1986), on what common ends leave.
 */
export function diffWords(before: string, after: string): readonly DiffPart[] {
  const a = words(before);
  const b = words(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const parts: { kind: DiffPart['kind']; text: string }[] = [];
  const push = (kind: DiffPart['kind'], text: string): void => {
    if (text === '') return;
    const last = parts.at(-1);
    if (last?.kind === kind) last.text += text;
    else parts.push({ kind, text });
  };
  push('same', a.slice(0, head).join(''));
  for (const { kind, text } of myers(a.slice(head, a.length - tail), b.slice(head, b.length - tail))) push(kind, text);
  push('same', a.slice(a.length - tail).join(''));
  return parts;
}

function myers(a: readonly string[], b: readonly string[]): readonly DiffPart[] {
  const replaced: readonly DiffPart[] = [
    { kind: 'removed', text: a.join('') },
    { kind: 'added', text: b.join('') },
  ];
  if (a.length === 0 || b.length === 0) return replaced;
  const most = Math.min(MOST_EDITS, a.length + b.length);
  const offset = most + 1;
  const reach = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    history.push(reach.slice(offset - edits - 1, offset + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = reach[offset + diagonal + 1] ?? 0;
      const right = (reach[offset + diagonal - 1] ?? 0) + 1;
      let x = diagonal === -edits || (diagonal !== edits && right <= down) ? down : right;
      let y = x - diagonal;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1;
        y += 1;
      }
      reach[offset + diagonal] = x;
      if (x >= a.length && y >= b.length) return walkBack(a, b, history);
    }
  }
  return replaced;
}

/** `history[d]` holds the reach before round d, for diagonals -d-1 to d+1. */
function walkBack(a: readonly string[], b: readonly string[], history: readonly Int32Array[]): readonly DiffPart[] {
  const reversed: DiffPart[] = [];
  let x = a.length;
  let y = b.length;
  for (let edits = history.length - 1; edits >= 0; edits -= 1) {
    const reach = history[edits] ?? new Int32Array();
    const at = (diagonal: number): number => reach[diagonal + edits + 1] ?? 0;
    const diagonal = x - y;
    const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) + 1 <= at(diagonal + 1));
    const from = down ? diagonal + 1 : diagonal - 1;
    const fromX = edits === 0 ? 0 : at(from);
    const fromY = edits === 0 ? 0 : fromX - from;
    while (x > fromX + (down || edits === 0 ? 0 : 1) && y > fromY + (down && edits > 0 ? 1 : 0)) {
      x -= 1;
      y -= 1;
      reversed.push({ kind: 'same', text: a[x] ?? '' });
    }
    if (edits === 0) break;
    if (down) {
      y -= 1;
      reversed.push({ kind: 'added', text: b[y] ?? '' });
    } else {
      x -= 1;
      reversed.push({ kind: 'removed', text: a[x] ?? '' });
    }
  }
  return reversed.reverse();
}
