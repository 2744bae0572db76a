import type { JsonValue } from '../../contract/json.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { diffWords, type DiffPart } from './wordDiff.ts';

/** One tool's definition against its pinned one. */
export interface PinnedChange {
  readonly tool: string;
  readonly status: 'changed' | 'added' | 'removed';
  readonly parts: readonly DiffPart[];
}

/** Tools of a `{tools: [...]}` object, or of a single definition, by name. */
function toolsOf(value: JsonValue | undefined): ReadonlyMap<string, JsonValue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  const { tools, name } = value as { readonly [key: string]: JsonValue };
  const list = Array.isArray(tools) ? (tools as readonly JsonValue[]) : typeof name === 'string' ? [value] : [];
  return new Map(
    list.map((tool, index) => {
      const named = typeof tool === 'object' && tool !== null && 'name' in tool ? tool.name : null;
      return [typeof named === 'string' ? named : `tool ${index + 1}`, tool];
    }),
  );
}

const print = (value: JsonValue | undefined): string => (value === undefined ? '' : JSON.stringify(value, null, 2).replaceAll('\\n', '\n'));

/**
 * How a manifest differs from the pinned definitions, tool by tool; null when the
 * message has none. A baseline that pins one tool is compared with that tool alone.
 */
export function pinnedChanges({ message, context }: GatewayMessage): readonly PinnedChange[] | null {
  if (context.baseline === undefined) return null;
  const before = toolsOf(context.baseline);
  const after = toolsOf(message.result);
  const single = typeof context.baseline === 'object' && context.baseline !== null && !('tools' in context.baseline);
  const names = single ? [...before.keys()] : [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((tool) => {
    const [old, now] = [print(before.get(tool)), print(after.get(tool))];
    if (old === now) return [];
    const status = old === '' ? 'added' : now === '' ? 'removed' : 'changed';
    return [{ tool, status, parts: diffWords(old, now) }];
  });
}
