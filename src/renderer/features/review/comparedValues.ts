import type { JsonValue } from '../../../contract/json.ts';
import type { ReviewItem } from '../../../contract/review.ts';

/** Reference and message as JSON values of one shape, so that their structures can be compared. */
export interface ComparedValues {
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** Null when the message has no reference. */
export function comparedValues({ message: { message, context }, layers, reference }: ReviewItem): ComparedValues | null {
  switch (reference?.kind) {
    case undefined:
      return null;
    case 'pinned_baseline':
      return pinnedTools(context.baseline ?? null, message.result ?? null);
    case 'surface_text': {
      const params: JsonValue = { params: message.params ?? null, result: message.result ?? null, error: message.error ?? null };
      return {
        before: Object.fromEntries(layers.map(({ pointer, encoding }) => [`${pointer} (${encoding})`, at(params, pointer)])),
        after: Object.fromEntries(layers.map(({ pointer, encoding, text }) => [`${pointer} (${encoding})`, text])),
      };
    }
    case 'user_task': {
      const { name = null, arguments: values = null } = message.params ?? {};
      return { before: { task: context.userTask ?? null }, after: { tool: name, arguments: values } };
    }
  }
}

/** Tools by name; of a pinned single tool only that one is compared. */
function pinnedTools(baseline: JsonValue, result: JsonValue): ComparedValues {
  const before = byName(baseline);
  const after = byName(result);
  const single = typeof baseline === 'object' && baseline !== null && !('tools' in baseline);
  const compared = single ? after.filter(([name]) => before.some(([pinned]) => pinned === name)) : after;
  return { before: Object.fromEntries(before), after: Object.fromEntries(compared) };
}

function byName(value: JsonValue): readonly (readonly [string, JsonValue])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { tools, name } = value as { readonly [key: string]: JsonValue };
  const list = Array.isArray(tools) ? (tools as readonly JsonValue[]) : typeof name === 'string' ? [value] : [];
  return list.map((tool, index) => {
    const named = typeof tool === 'object' && tool !== null && 'name' in tool ? tool.name : null;
    return [typeof named === 'string' ? named : `tool ${index + 1}`, tool];
  });
}

/** The value at a JSON pointer; null where there is none. */
function at(value: JsonValue, pointer: string): JsonValue {
  let found: JsonValue | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return null;
    found = (found as { readonly [key: string]: JsonValue })[key];
  }
  return found ?? null;
}
