import type { JsonValue } from '../../../contract/json.ts';

/** One difference between two JSON values, at a JSON pointer. */
export interface StructuralChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly pointer: string;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** Beyond this a list says no more than the texts side by side. */
const MOST_CHANGES = 400;

/**
 * What was added, removed and changed, in document order, at most 400. Objects are compared key by key whatever their
 * order; lists of plain values as sets; other lists place by place.
 */
export function structuralDiff(before: JsonValue | undefined, after: JsonValue | undefined): readonly StructuralChange[] {
  const changes: StructuralChange[] = [];
  compare('', before, after, (change) => {
    if (changes.length < MOST_CHANGES) changes.push(change);
  });
  return changes;
}

type Tell = (change: StructuralChange) => void;

function compare(pointer: string, before: JsonValue | undefined, after: JsonValue | undefined, tell: Tell): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined) return tell({ kind: 'added', pointer, before, after });
  if (after === undefined) return tell({ kind: 'removed', pointer, before, after });
  if (isList(before) && isList(after)) return compareLists(pointer, before, after, tell);
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(`${pointer}/${escaped(key)}`, own(before, key), own(after, key), tell);
    }
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) tell({ kind: 'changed', pointer, before, after });
}

function compareLists(pointer: string, before: readonly JsonValue[], after: readonly JsonValue[], tell: Tell): void {
  if ([...before, ...after].every((item) => typeof item !== 'object' || item === null)) {
    for (const item of before)
      if (!after.includes(item)) tell({ kind: 'removed', pointer: `${pointer}/-`, before: item, after: undefined });
    for (const item of after) if (!before.includes(item)) tell({ kind: 'added', pointer: `${pointer}/-`, before: undefined, after: item });
    return;
  }
  for (let index = 0; index < Math.max(before.length, after.length); index += 1)
    compare(`${pointer}/${index}`, before[index], after[index], tell);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key such as `__proto__` is data here. */
function own(value: { readonly [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** RFC 6901 */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value with sorted keys, two spaces an indent: equal values print alike. */
export function canonicalJson(value: JsonValue | undefined): string {
  return value === undefined ? '' : JSON.stringify(sorted(value), null, 2);
}

function sorted(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] as JsonValue)]));
}
