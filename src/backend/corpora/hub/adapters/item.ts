import type { CorpusItemKind } from '../../../../contract/corpora.ts';

/** The lists of attacks that mined payloads may go to. */
export const SEED_FAMILIES = ['traversal', 'ssrf', 'command', 'sql'] as const;
export type SeedFamily = (typeof SEED_FAMILIES)[number];

/** A payload as somebody wrote it down. What becomes of it, attack or quotation, is up to whoever builds a message. */
export interface PayloadSeed {
  readonly family: SeedFamily;
  readonly value: string;
}

/** A row as content of messages. It carries no label: the text of every corpus is data until something is built from it. */
export interface CorpusItem {
  readonly kind: CorpusItemKind;
  readonly text: string;
  readonly seeds: readonly PayloadSeed[];
  /** Publication that a control text is taken from; empty when unknown. */
  readonly publication: string;
}

/** An item, or the reason in a few words why the row is left out. */
export type Adapted = CorpusItem | string;

export type RowAdapter = (row: { readonly [column: string]: unknown }) => Adapted;

/** Slots of templates are written so; a row that holds them would be taken for a template. */
export const SLOT_OPENING = '{{';

/** Cuts at the end of a paragraph, sentence or word, whichever leaves at least half of `limit`. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit);
  for (const end of [head.lastIndexOf('\n\n'), lastSentenceEnd(head), head.lastIndexOf(' ')]) {
    if (end >= limit / 2) return head.slice(0, end).trimEnd();
  }
  // Never half of a surrogate pair.
  return head.replace(/[\uD800-\uDBFF]$/, '');
}

function lastSentenceEnd(text: string): number {
  return Math.max(...['. ', '! ', '? ', '.\n'].map((end) => text.lastIndexOf(end) + 1));
}
