import { z } from 'zod';
import { cutText, SLOT_OPENING, type RowAdapter } from './item.ts';

const row = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  metadata: z.object({ source: z.string().optional() }).nullish(),
});

const SHORTEST = 300;
const LONGEST = 2_400;

/** The text of a standard, which is the assistant's turn: the other turns are the same few sentences in every row. */
export const adaptNist: RowAdapter = (raw) => {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return 'malformed';
  const { messages, metadata } = parsed.data;
  const answer = messages.find(({ role }) => role === 'assistant');
  if (answer === undefined) return 'no answer';
  const text = cutText(wholeSentences(withoutPrintMarks(answer.content)), LONGEST);
  if (text.length < SHORTEST) return 'too short';
  if (text.includes(SLOT_OPENING)) return 'template braces';
  return { kind: 'control', text, seeds: [], publication: (metadata?.source ?? '').slice(0, 200) };
};

/** What the printed page leaves in its text: running heads, page numbers, divided words, broken lines. */
function withoutPrintMarks(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(
      /^[^\S\n]*(?:NIST (?:SP|Special Publication)\b[^\n]{0,120}|(?:PAGE|CHAPTER|APPENDIX) [A-Z\d][^\n]{0,80}|_{5,}|[\divxlc]{1,5})[^\S\n]*$/gim,
      '',
    )
    .replace(/(\p{L})-\n(\p{Ll})/gu, '$1$2')
    .replace(/([^\n])\n(?=[^\n\s•*\-\d])/g, '$1 ')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Without the end of a sentence at the front and the beginning of one at the back. */
function wholeSentences(text: string): string {
  const start = /^\p{Ll}/u.test(text) ? (/[.!?]\s+(?=\p{Lu})/u.exec(text)?.index ?? -2) + 2 : 0;
  const body = text.slice(start);
  if (/[.!?:;)\]"”]$/.test(body)) return body;
  const end = /^.*[.!?](?=\s)/su.exec(body)?.[0];
  return end === undefined || end.length < body.length / 2 ? body : end;
}
