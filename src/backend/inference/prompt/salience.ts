import { scanText } from '../../../engine/analysis/textHints.ts';
import { lowerCase } from '../../../engine/text/document.ts';

/** Characters of context kept on either side of a finding. */
const BEFORE = 40;
const AFTER = 110;
/** Findings so common that a window for them would crowd out others. */
const COMMON = new Set([
  'imperative_to_assistant',
  'forceful_words',
  'security_words',
  'shell_metacharacters',
  'email_recipient',
  'credential_words',
  'preference_claim',
  'prompt_reference',
]);
const CUT = ' […] ';

interface Range {
  start: number;
  end: number;
}

/**
 * At most `length` characters of a text: its head, the windows around the most telling
 * findings, its tail, with `[…]` where something was left out. Deterministic.
 */
export function salientExcerpt(text: string, length: number): string {
  return excerptSource(text).excerpt(length);
}

/** A text of which excerpts of several lengths are wanted; it is searched at most once. */
export interface ExcerptSource {
  /** As `salientExcerpt`. */
  excerpt(length: number): string;
}

export function excerptSource(text: string): ExcerptSource {
  let telling: readonly Finding[] | null = null;
  return {
    excerpt(length) {
      if (text.length <= length) return text;
      if (length <= CUT.length * 2) return text.slice(0, Math.max(0, length));
      telling ??= tellingFindings(text);
      return join(text, pickRanges(text.length, telling, length)).slice(0, length);
    },
  };
}

type Finding = ReturnType<typeof scanText>[number];

function tellingFindings(text: string): readonly Finding[] {
  const hits = scanText(lowerCase(text));
  return [...hits.filter((hit) => !COMMON.has(hit.code)), ...hits.filter((hit) => COMMON.has(hit.code))];
}

function join(text: string, ranges: readonly Range[]): string {
  let out = '';
  let reached = 0;
  for (const { start, end } of ranges) {
    if (start > reached) out += CUT;
    out += text.slice(start, end);
    reached = end;
  }
  return reached < text.length ? out + CUT : out;
}

function pickRanges(whole: number, telling: readonly Finding[], length: number): Range[] {
  const head = Math.floor(length * (telling.length === 0 ? 0.6 : 0.24));
  const tail = Math.floor(length * (telling.length === 0 ? 0.3 : 0.12));
  let left = length - head - tail - CUT.length * 2;
  let ranges: Range[] = [
    { start: 0, end: head },
    { start: whole - tail, end: whole },
  ];
  for (const hit of telling) {
    const wanted = windowFor(hit, whole, left);
    const grown = merge([...ranges, wanted]);
    const cost = size(grown) - size(ranges) + CUT.length;
    if (size(grown) === size(ranges) || cost > left) continue;
    left -= cost;
    ranges = grown;
  }
  return merge(ranges);
}

/** The finding with its surroundings, no longer than what is left. */
function windowFor(hit: { readonly start: number; readonly end: number }, end: number, left: number): Range {
  const room = Math.max(0, left - 2 * CUT.length);
  const start = Math.max(0, hit.start - Math.min(BEFORE, room >> 2));
  return { start, end: Math.min(end, Math.max(hit.end, hit.start + AFTER), start + room, hit.start + 2 * AFTER) };
}

function merge(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const merged: Range[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end + CUT.length) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged;
}

function size(ranges: readonly Range[]): number {
  return ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}
