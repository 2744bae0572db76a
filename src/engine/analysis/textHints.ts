import type { MessageKind } from '../../contract/messages.ts';
import { GateIndex } from './gates.ts';
import { COMMAND_PATTERNS, LANGUAGE_PATTERNS, OBJECT_PATTERNS, SHELL_PATTERNS, type TextPattern } from './patterns.ts';

/** Where a property was found in a text. */
export interface PatternHit {
  readonly code: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Characters of one text that the patterns read. */
const MAX_SCANNED = 262_144;

const PROSE: readonly TextPattern[] = [...LANGUAGE_PATTERNS, ...OBJECT_PATTERNS, ...COMMAND_PATTERNS];
const COMMANDS: readonly TextPattern[] = [...PROSE, ...SHELL_PATTERNS];
const GATES = new GateIndex(COMMANDS.map(({ gates }) => gates));

/**
 * First hit of every pattern. `lower` is lower-case normalised text; `reader` says whether a
 * shell may read it (calls, launches) or people and models alone.
 */
export function scanText(lower: string, reader: 'prose' | 'shell' = 'prose'): readonly PatternHit[] {
  const text = lower.length > MAX_SCANNED ? lower.slice(0, MAX_SCANNED) : lower;
  const hits: PatternHit[] = [];
  const readable = reader === 'shell' ? COMMANDS.length : PROSE.length;
  for (const index of GATES.open(text)) {
    if (index >= readable) break;
    const { code, text: words, pattern } = COMMANDS[index] as TextPattern;
    const match = pattern.exec(text);
    if (match !== null) hits.push({ code, text: words, start: match.index, end: match.index + match[0].length });
  }
  return hits;
}

/** Who reads the strings of a kind of message. */
export function readerOf(kind: MessageKind): 'prose' | 'shell' {
  return kind === 'call' || kind === 'launch' ? 'shell' : 'prose';
}
