import type { JsonValue } from '../../../contract/json.ts';

/** Python writes these bare; `NaN` and the infinities are not JSON. Strings are consumed whole, also one that never ends. */
const STRING_OR_BARE = /"(?:[^"\\]|\\.)*(?:"|$)|-?Infinity|NaN/gs;

/**
 * Parses JSON in which `NaN`, `Infinity` and `-Infinity` may stand bare; they become the strings of the same spelling.
 * Undefined when the text is not that either.
 */
export function parseExtendedJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    if (!text.includes('NaN') && !text.includes('Infinity')) return undefined;
  }
  try {
    return JSON.parse(text.replace(STRING_OR_BARE, (token) => (token.startsWith('"') ? token : `"${token}"`))) as JsonValue;
  } catch {
    return undefined;
  }
}

/** A metric's value: numbers, booleans as 0 and 1, and the names of the non-finite numbers; null for anything else. */
export function metricValue(value: JsonValue | undefined): number | null {
  switch (typeof value) {
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      if (value === 'NaN') return Number.NaN;
      if (value === 'Infinity') return Number.POSITIVE_INFINITY;
      return value === '-Infinity' ? Number.NEGATIVE_INFINITY : null;
    default:
      return null;
  }
}

export function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const DEEPEST = 8;

/** Leaves of a nested value with their keys joined by dots; arrays and what lies too deep stay whole. At most `limit` of them. */
export function flatten(value: { readonly [key: string]: JsonValue }, limit: number): [key: string, value: JsonValue][] {
  const leaves: [string, JsonValue][] = [];
  const visit = (node: { readonly [key: string]: JsonValue }, prefix: string, depth: number): void => {
    for (const [key, child] of Object.entries(node)) {
      if (leaves.length >= limit) return;
      const name = prefix === '' ? key : `${prefix}.${key}`;
      if (isObject(child) && depth < DEEPEST && Object.keys(child).length > 0) visit(child, name, depth + 1);
      else leaves.push([name, child]);
    }
  };
  visit(value, '', 1);
  return leaves;
}
