import { COMMAND_PATTERNS, LANGUAGE_PATTERNS, OBJECT_PATTERNS, type TextPattern } from './patterns.ts';

/** Where a property was found in a text. */
export interface PatternHit {
  readonly code: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Characters of one text that the patterns read. */
const MAX_SCANNED = 262_144;

const GROUPS: readonly (readonly TextPattern[])[] = [LANGUAGE_PATTERNS, OBJECT_PATTERNS, COMMAND_PATTERNS];

/** First hit of every pattern. `lower` is lower-case normalised text. */
export function scanText(lower: string): readonly PatternHit[] {
  const text = lower.length > MAX_SCANNED ? lower.slice(0, MAX_SCANNED) : lower;
  const hits: PatternHit[] = [];
  for (const group of GROUPS) {
    for (const pattern of group) {
      if (!pattern.gates.some((gate) => text.includes(gate))) continue;
      const match = pattern.pattern.exec(text);
      if (match !== null) hits.push({ code: pattern.code, text: pattern.text, start: match.index, end: match.index + match[0].length });
    }
  }
  return hits;
}
