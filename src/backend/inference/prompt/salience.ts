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
  if (text.length <= length) return text;
  if (length <= CUT.length * 2) return text.slice(0, Math.max(0, length));
  const ranges = pickRanges(text, length);
  let out = '';
  let reached = 0;
  for (const { start, end } of ranges) {
    if (start > reached) out += CUT;
    out += text.slice(start, end);
    reached = end;
  }
  if (reached < text.length) out += CUT;
  return out.slice(0, length);
}

function pickRanges(text: string, length: number): Range[] {
  const hits = scanText(lowerCase(text));
  const telling = [...hits.filter((hit) => !COMMON.has(hit.code)), ...hits.filter((hit) => COMMON.has(hit.code))];
  const head = Math.floor(length * (telling.length === 0 ? 0.6 : 0.24));
  const tail = Math.floor(length * (telling.length === 0 ? 0.3 : 0.12));
  let left = length - head - tail - CUT.length * 2;
  let ranges: Range[] = [
    { start: 0, end: head },
    { start: text.length - tail, end: text.length },
  ];
  for (const hit of telling) {
    const wanted = windowFor(hit, text.length, left);
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
