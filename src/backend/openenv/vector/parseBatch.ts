import type { z } from 'zod';
import { isJsonObject } from '../wire/parseJson.ts';
import { validationIssues } from '../wire/validationErrors.ts';
import { Refusal, type RefusalDetail } from './refusal.ts';
import { MOST_ITEMS } from './wire.ts';

/** How the body of a batch looks. */
export interface BatchForm<S extends z.ZodType, T extends { readonly env_id: number }> {
  /** Key of the list in the body. */
  readonly list: string;
  readonly schema: S;
  readonly entries: (parsed: z.output<S>) => readonly T[];
}

/**
 * Reads the body of a batch and finds everything that can be wrong with it before anything is played: its size, its
 * fields, environments that do not exist or are named twice.
 * @param environments how many there are
 */
export function parseBatch<S extends z.ZodType, T extends { readonly env_id: number }>(
  body: unknown,
  { list, schema, entries: entriesOf }: BatchForm<S, T>,
  environments: number,
): readonly T[] | Refusal {
  const given = isJsonObject(body) ? body[list] : undefined;
  if (Array.isArray(given) && given.length > MOST_ITEMS) {
    const msg = `List should have at most ${MOST_ITEMS} items`;
    return new Refusal(413, [{ type: 'too_long', loc: ['body', list], msg, input: `list of ${given.length}` }]);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) return new Refusal(422, validationIssues(parsed.error, body, ['body'], [list]));
  const entries = entriesOf(parsed.data);
  const wrong = wrongEnvironments(entries, list, environments);
  return wrong.length === 0 ? entries : new Refusal(422, wrong);
}

function wrongEnvironments(entries: readonly { readonly env_id: number }[], list: string, environments: number): readonly RefusalDetail[] {
  const seen = new Set<number>();
  const wrong: RefusalDetail[] = [];
  for (const [index, { env_id }] of entries.entries()) {
    const loc = ['body', list, index, 'env_id'];
    if (env_id >= environments) {
      const msg = `There is no environment ${env_id}; known are 0 to ${environments - 1}.`;
      wrong.push({ type: 'env_id_unknown', loc, msg, input: env_id });
    } else if (seen.has(env_id)) {
      wrong.push({ type: 'env_id_repeated', loc, msg: `Environment ${env_id} is named twice; name each once.`, input: env_id });
    }
    seen.add(env_id);
  }
  return wrong;
}
