export interface Difference {
  /** Dotted path of the first difference, e.g. `info.reward.total`; empty when the values themselves differ. */
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * The first place, in the order of the expected value's keys, where two JSON-like values differ.
 * Numbers are compared by `Object.is`, so that equality is bit for bit; a key that is
 * undefined equals a missing one, as in JSON.
 */
export function firstDifference(expected: unknown, actual: unknown, path = ''): Difference | null {
  if (Object.is(expected, actual)) return null;
  if (typeof expected !== 'object' || typeof actual !== 'object' || expected === null || actual === null)
    return { field: path, expected, actual };
  if (Array.isArray(expected) !== Array.isArray(actual)) return { field: path, expected, actual };
  const left = expected as Readonly<Record<string, unknown>>;
  const right = actual as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(left)) {
    const found = firstDifference(left[key], right[key], joined(path, key));
    if (found !== null) return found;
  }
  for (const key of Object.keys(right))
    if (right[key] !== undefined && !(key in left)) return { field: joined(path, key), expected: undefined, actual: right[key] };
  return null;
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
