import type { core, ZodError } from 'zod';
import type { JsonValue } from '../../../contract/json.ts';
import { nearestName } from './nearestName.ts';

/** One problem of an input, in the words that clients of FastAPI servers know. */
export interface ValidationIssue {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** The offending value, shortened. */
  readonly input: JsonValue;
}

const MOST_ISSUES = 20;
const MOST_TEXT = 100;
const MOST_NAME = 64;

/**
 * Zod's findings as pydantic would name them.
 * @param input what was parsed
 * @param loc where the input stands, e.g. `['body']`
 * @param known names to suggest for unknown keys
 */
export function validationIssues(
  error: ZodError,
  input: unknown,
  loc: readonly (string | number)[] = [],
  known: readonly string[] = [],
): readonly ValidationIssue[] {
  return error.issues.flatMap((issue) => translate(issue, input, loc, known)).slice(0, MOST_ISSUES);
}

export function jsonIssue(problem: string, loc: readonly (string | number)[]): ValidationIssue {
  return { type: 'json_invalid', loc, msg: `JSON decode error: ${problem}`, input: {} };
}

function translate(
  issue: core.$ZodIssue,
  input: unknown,
  base: readonly (string | number)[],
  known: readonly string[],
): readonly ValidationIssue[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part).slice(0, MOST_NAME)));
  const loc = [...base, ...path];
  const at = valueAt(input, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      type: 'extra_forbidden',
      loc: [...loc, key.slice(0, MOST_NAME)],
      msg: `Extra inputs are not permitted${suggestion(key, issue.path.length === 0 ? known : [])}`,
      input: shortened(valueAt(at, [key])),
    }));
  }
  const { type, msg } = named(issue, at);
  return [{ type, loc, msg, input: shortened(at) }];
}

function suggestion(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  return nearest === null ? '' : `; did you mean '${nearest}'?`;
}

function named(issue: core.$ZodIssue, value: unknown): { readonly type: string; readonly msg: string } {
  if (value === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return { type: 'missing', msg: 'Field required' };
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected);
    case 'invalid_value':
      return issue.values.length === 1
        ? { type: 'literal_error', msg: `Input should be ${quoted(issue.values)}` }
        : { type: 'enum', msg: `Input should be ${quoted(issue.values)}` };
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'invalid_format':
      return issue.format === 'regex'
        ? { type: 'string_pattern_mismatch', msg: issue.message }
        : { type: 'value_error', msg: `Input should be a valid ${issue.format}` };
    case 'invalid_union':
      return { type: 'union_error', msg: 'Input fits none of the allowed types' };
    default:
      return { type: 'value_error', msg: issue.message.slice(0, MOST_TEXT * 2) };
  }
}

const TYPES: { readonly [expected: string]: { readonly type: string; readonly msg: string } } = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  number: { type: 'float_type', msg: 'Input should be a valid number' },
  int: { type: 'int_type', msg: 'Input should be a valid integer' },
  boolean: { type: 'bool_type', msg: 'Input should be a valid boolean' },
  array: { type: 'list_type', msg: 'Input should be a valid list' },
  object: { type: 'model_type', msg: 'Input should be a valid dictionary' },
  record: { type: 'dict_type', msg: 'Input should be a valid dictionary' },
  null: { type: 'none_required', msg: 'Input should be None' },
};

function wrongType(expected: string): { readonly type: string; readonly msg: string } {
  return TYPES[expected] ?? { type: 'type_error', msg: `Input should be a valid ${expected}` };
}

function tooSmall({ origin, minimum, inclusive }: core.$ZodIssueTooSmall): { readonly type: string; readonly msg: string } {
  switch (origin) {
    case 'string':
      return { type: 'string_too_short', msg: `String should have at least ${minimum} characters` };
    case 'array':
      return { type: 'too_short', msg: `List should have at least ${minimum} items` };
    default:
      return inclusive === false
        ? { type: 'greater_than', msg: `Input should be greater than ${minimum}` }
        : { type: 'greater_than_equal', msg: `Input should be greater than or equal to ${minimum}` };
  }
}

function tooBig({ origin, maximum, inclusive }: core.$ZodIssueTooBig): { readonly type: string; readonly msg: string } {
  switch (origin) {
    case 'string':
      return { type: 'string_too_long', msg: `String should have at most ${maximum} characters` };
    case 'array':
      return { type: 'too_long', msg: `List should have at most ${maximum} items` };
    default:
      return inclusive === false
        ? { type: 'less_than', msg: `Input should be less than ${maximum}` }
        : { type: 'less_than_equal', msg: `Input should be less than or equal to ${maximum}` };
  }
}

function quoted(values: readonly unknown[]): string {
  const words = values.map((value) => `'${String(value)}'`);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** Enough of a value to recognise it: whole payloads are not sent back. */
function shortened(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length <= MOST_TEXT ? value : `${value.slice(0, MOST_TEXT)}…`;
  return Array.isArray(value) ? `list of ${value.length}` : `object of ${Object.keys(value).length} fields`;
}
