import type { MessageKind } from '../../contract/messages.ts';
import { gate, passes, readTrigrams, type Gate } from './gates.ts';
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

interface Prepared {
  readonly pattern: TextPattern;
  readonly gates: readonly Gate[];
}

const prepare = (patterns: readonly TextPattern[]): readonly Prepared[] =>
  patterns.map((pattern) => ({ pattern, gates: pattern.gates.map(gate) }));

const PROSE = prepare([...LANGUAGE_PATTERNS, ...OBJECT_PATTERNS, ...COMMAND_PATTERNS]);
const COMMANDS: readonly Prepared[] = [...PROSE, ...prepare(SHELL_PATTERNS)];

/**
 * First hit of every pattern. `lower` is lower-case normalised text; `reader` says whether a
 * shell may read it (calls, launches) or people and models alone.
 */
export function scanText(lower: string, reader: 'prose' | 'shell' = 'prose'): readonly PatternHit[] {
  const text = lower.length > MAX_SCANNED ? lower.slice(0, MAX_SCANNED) : lower;
  const hits: PatternHit[] = [];
  readTrigrams(text);
  for (const { pattern, gates } of reader === 'shell' ? COMMANDS : PROSE) {
    if (!passes(gates, text)) continue;
    const match = pattern.pattern.exec(text);
    if (match !== null) hits.push({ code: pattern.code, text: pattern.text, start: match.index, end: match.index + match[0].length });
  }
  return hits;
}

/** Who reads the strings of a kind of message. */
export function readerOf(kind: MessageKind): 'prose' | 'shell' {
  return kind === 'call' || kind === 'launch' ? 'shell' : 'prose';
}
