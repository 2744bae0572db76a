import type { z } from 'zod';
import type { LineProblem } from './inputError.ts';
import type { TextLine } from './jsonLines.ts';

export type ParsedLine<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: LineProblem };

/** Parses one JSON line with a schema; never throws, the first offending field is named. */
export function parseLine<T>(schema: z.ZodType<T>, { line, text }: TextLine): ParsedLine<T> {
  const bad = (field: string | null, problem: string): ParsedLine<T> => ({ ok: false, problem: { line, field, problem } });
  try {
    const result = schema.safeParse(JSON.parse(text));
    if (result.success) return { ok: true, value: result.data };
    const issue = result.error.issues[0];
    if (issue === undefined) return bad(null, 'does not match the schema');
    return bad(issue.path.length === 0 ? null : issue.path.map(String).join('.'), issue.message);
  } catch (error) {
    if (error instanceof SyntaxError) return bad(null, 'not valid JSON');
    if (error instanceof RangeError) return bad(null, 'nested too deeply');
    throw error;
  }
}
