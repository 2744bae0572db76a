/** Characters beyond ASCII stand in no gate string; they all count as this one, which ends every partial match. */
const OUTSIDE = 0;

/**
 * Cheap refusal before expensive searches: an Aho-Corasick automaton that finds, in one pass over a
 * text, which patterns have one of their gate strings in it.
 */
export class GateIndex {
  /** Character code below 128 -> column of the table; 0 for characters of no gate string. */
  private readonly columns = new Uint8Array(128);
  /** Bits of a column. */
  private readonly bits: number;
  /** (state, column) -> next state, at most 32,767; the lowest bit tells that reaching it opens patterns. */
  private readonly next: Uint16Array;
  /** State -> the patterns that reaching it opens. */
  private readonly opens: readonly (readonly number[])[];
  /** Which patterns the text at hand opens; reused by every call. */
  private readonly opened: Uint8Array;

  /** @param lists the gate strings of each pattern: ASCII, none of them empty */
  constructor(lists: readonly (readonly string[])[]) {
    const alphabet = [...new Set(lists.flat().join(''))].sort();
    for (const [i, character] of alphabet.entries()) this.columns[character.charCodeAt(0)] = i + 1;
    this.bits = 32 - Math.clz32(alphabet.length);
    this.opened = new Uint8Array(lists.length);
    const { children, opens } = this.trie(lists);
    this.next = automaton(children, opens, this.bits);
    this.opens = opens.map((patterns) => [...patterns]);
  }

  /** The gate strings as a tree: of each state its children by column and the patterns whose gate ends there. */
  private trie(lists: readonly (readonly string[])[]): { children: Map<number, number>[]; opens: Set<number>[] } {
    const children = [new Map<number, number>()];
    const opens = [new Set<number>()];
    for (const [pattern, list] of lists.entries())
      for (const text of list) {
        let state = 0;
        for (let i = 0; i < text.length; i++) {
          const column = this.columns[text.charCodeAt(i)] as number;
          let child = (children[state] as Map<number, number>).get(column);
          if (child === undefined) {
            child = children.push(new Map<number, number>()) - 1;
            opens.push(new Set<number>());
            (children[state] as Map<number, number>).set(column, child);
          }
          state = child;
        }
        (opens[state] as Set<number>).add(pattern);
      }
    return { children, opens };
  }

  /** The patterns of which a gate string occurs in the text, in order. */
  open(text: string): readonly number[] {
    const { columns, next, opens, opened, bits } = this;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const entry = next[(state << bits) | (code < 128 ? (columns[code] as number) : OUTSIDE)] as number;
      state = entry >> 1;
      if ((entry & 1) !== 0) for (const pattern of opens[state] as readonly number[]) opened[pattern] = 1;
    }
    const open: number[] = [];
    for (let pattern = 0; pattern < opened.length; pattern++) {
      if (opened[pattern] === 0) continue;
      opened[pattern] = 0;
      open.push(pattern);
    }
    return open;
  }
}

/** Completes the tree breadth first: where a state has no child, the longest suffix that is a state goes on. */
function automaton(children: readonly ReadonlyMap<number, number>[], opens: readonly Set<number>[], bits: number): Uint16Array {
  const width = 1 << bits;
  const next = new Uint16Array(children.length * width);
  const suffix = new Int32Array(children.length);
  const queue = [0];
  for (const state of queue) {
    const fallback = suffix[state] as number;
    for (let column = 1; column < width; column++) {
      const child = (children[state] as ReadonlyMap<number, number>).get(column);
      if (child === undefined) {
        next[state * width + column] = next[fallback * width + column] as number;
        continue;
      }
      const shorter = state === 0 ? 0 : (next[fallback * width + column] as number) >> 1;
      suffix[child] = shorter;
      const patterns = opens[child] as Set<number>;
      for (const pattern of opens[shorter] as Set<number>) patterns.add(pattern);
      next[state * width + column] = (child << 1) | (patterns.size > 0 ? 1 : 0);
      queue.push(child);
    }
  }
  return next;
}
