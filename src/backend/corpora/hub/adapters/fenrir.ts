import { z } from 'zod';
import { cutText, SLOT_OPENING, type RowAdapter } from './item.ts';
import { minePayloadSeeds } from './payloadSeeds.ts';

const row = z.object({ system: z.string(), user: z.string(), assistant: z.string() });

const SHORTEST = 120;
const LONGEST = 3_000;

/**
 * A question about security with its answer. The corpus is about defence: as a document it is harmless, however many
 * attacks it describes. The system turn is the same everywhere and is left out.
 */
export const adaptFenrir: RowAdapter = (raw) => {
  const parsed = row.safeParse(raw);
  if (!parsed.success) return 'malformed';
  const { user, assistant } = parsed.data;
  const text = cutText(`${user.trim()}\n\n${assistant.trim()}`, LONGEST);
  if (text.length < SHORTEST) return 'too short';
  if (text.includes(SLOT_OPENING)) return 'template braces';
  return { kind: 'document', text, seeds: minePayloadSeeds(`${user}\n\n${assistant}`), publication: '' };
};
