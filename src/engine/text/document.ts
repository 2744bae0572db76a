import type { JsonRpcMessage } from '../../contract/messages.ts';
import { textLeaves, type TextLeaf } from './leaves.ts';
import { normalizeText, type Marks } from './normalize.ts';

/** One string of the message inside the document. */
export interface Segment {
  readonly leaf: TextLeaf;
  readonly marks: Marks;
  /** Character range in the document's text. */
  readonly start: number;
  readonly end: number;
}

/** All strings of a message, normalised and joined, with the way back to their JSON pointers. */
export interface TextDocument {
  readonly segments: readonly Segment[];
  readonly text: string;
  /** `text` in lower case; same length, so that offsets agree. */
  readonly lower: string;
  /** True when the message was larger than what is analysed. */
  readonly truncated: boolean;
}

/** Characters of one message that are analysed; of a longer string head and tail. */
export const MAX_ANALYSED = 262_144;
/** Between two strings; patterns that stop at a line break cannot run across it. */
const SEPARATOR = '\n\n';

/** Flattens the untrusted parts (`params`, `result`, `error`) of a message. */
export function readDocument(message: JsonRpcMessage): TextDocument {
  const segments: Segment[] = [];
  const parts: string[] = [];
  let offset = 0;
  let left = MAX_ANALYSED;
  let truncated = false;
  for (const part of ['params', 'result', 'error'] as const) {
    const value = message[part];
    if (value === undefined) continue;
    const walk = textLeaves(value, `/${part}`);
    truncated ||= walk.truncated;
    for (const leaf of walk.leaves) {
      if (left <= 0) {
        truncated = true;
        break;
      }
      const cut = leaf.text.length > left ? headAndTail(leaf.text, left) : leaf.text;
      truncated ||= cut !== leaf.text;
      left -= cut.length;
      const { text, marks } = normalizeText(cut);
      segments.push({ leaf, marks, start: offset, end: offset + text.length });
      parts.push(text);
      offset += text.length + SEPARATOR.length;
    }
  }
  const text = parts.join(SEPARATOR);
  return { segments, text, lower: lowerCase(text), truncated };
}

/** The segment that holds a position of the document; the last one before it when it lies between two. */
export function segmentAt(document: TextDocument, position: number): Segment | undefined {
  let low = 0;
  let high = document.segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((document.segments[middle] as Segment).start <= position) low = middle;
    else high = middle - 1;
  }
  return document.segments[low];
}

function headAndTail(text: string, length: number): string {
  const half = length >> 1;
  return `${text.slice(0, half)}\n${text.slice(text.length - half)}`;
}

/** Lower case that keeps the length: the few letters whose lower case is longer stay as they are. */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return [...text].map((character) => (character.toLowerCase().length === character.length ? character.toLowerCase() : character)).join('');
}
