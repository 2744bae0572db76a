import type { JsonValue } from '../../../contract/json.ts';

/** Deeper values serve nobody and would exhaust the stack of whatever walks over them. */
const DEEPEST = 64;

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  /** `problem` names no part of the text. */
  | { readonly ok: false; readonly problem: string };

/** Reads JSON text that may be anything. NaN and Infinity are no JSON, whatever some clients write. */
export function parseJson(text: string): ParsedJson {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return { ok: false, problem: error instanceof SyntaxError ? where(error.message) : 'not JSON' };
  }
  return isTooDeep(value) ? { ok: false, problem: `nested deeper than ${DEEPEST} levels` } : { ok: true, value };
}

/** The engine's own message quotes the text; only the place is passed on. */
function where(message: string): string {
  if (/end of JSON input/.test(message)) return 'unexpected end of the text';
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? 'not JSON' : `unexpected character at position ${position}`;
}

function isTooDeep(root: JsonValue): boolean {
  let level: readonly JsonValue[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values<JsonValue>(value) : []));
  }
  return false;
}

export function isJsonObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
