import { z } from 'zod';
import { cutText, SLOT_OPENING, type RowAdapter } from './item.ts';

const row = z.object({
  message_sanitized: z.string(),
  label_binary: z.string(),
  matched_rules: z.string(),
  product_name: z.string().nullish(),
  message_type: z.string().nullish(),
});

const SHORTEST = 20;
const LONGEST = 1_500;

/**
 * A log line of traffic that no detection rule spoke of. Lines which took part in an incident are left out: whether they
 * are an attack was decided by correlation over many lines and cannot be seen in one.
 */
export const adaptWitfoo: RowAdapter = (raw) => {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return 'malformed';
  const { message_sanitized, label_binary, matched_rules } = parsed.data;
  if (label_binary.toLowerCase() !== 'benign') return 'not benign';
  if (matched_rules.trim() !== '[]') return 'matched a rule';
  const text = cutText(message_sanitized.trim(), LONGEST);
  if (text.length < SHORTEST) return 'too short';
  if (text.includes(SLOT_OPENING)) return 'template braces';
  return { kind: 'log', text, seeds: [], publication: '' };
};
