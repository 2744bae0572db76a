import type { JsonValue } from '../../contract/json.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { normalizeText } from '../text/normalize.ts';

/** One place where a tool definition differs from its pinned form. */
export interface DefinitionChange {
  readonly kind:
    | 'tool_added'
    | 'tool_removed'
    | 'tool_renamed'
    | 'description_changed'
    | 'param_added'
    | 'param_removed'
    | 'param_renamed'
    | 'param_text_changed'
    | 'required_added'
    | 'required_removed'
    | 'default_changed'
    | 'schema_changed'
    | 'title_changed'
    | 'annotations_changed';
  readonly tool: string;
  /** Parameter or field, when the change has one. */
  readonly name: string;
  /** Normalised text before and after; empty when absent on that side. */
  readonly before: string;
  readonly after: string;
}

const MAX_ENTRIES = 2_000;
const MAX_CHANGES = 200;
const MAX_TOOLS = 200;

type Entries = Map<string, string>;

/** Compares a `manifest_changed` message with `context.baseline`; empty for other kinds or without a baseline. */
export function definitionChanges(message: GatewayMessage): readonly DefinitionChange[] {
  const { baseline } = message.context;
  if (message.kind !== 'manifest_changed' || baseline === undefined || baseline === null) return [];
  const known = compared.get(message);
  if (known !== undefined) return known;
  const changes = compareDefinitions(toolsOf(baseline), toolsOf(message.message.result ?? message.message.params ?? null));
  compared.set(message, changes);
  return changes;
}

/** Analysers and critic ask for the changes of the same message. */
const compared = new WeakMap<GatewayMessage, readonly DefinitionChange[]>();

/** The tool objects of a baseline or of a `tools/list` result. */
export function toolsOf(value: JsonValue | undefined): readonly Record<string, JsonValue>[] {
  if (value === null || typeof value !== 'object') return [];
  const list = Array.isArray(value)
    ? (value as readonly JsonValue[])
    : Array.isArray((value as Record<string, JsonValue>).tools)
      ? ((value as Record<string, JsonValue>).tools as readonly JsonValue[])
      : [value as JsonValue];
  return list
    .filter((tool): tool is Record<string, JsonValue> => typeof tool === 'object' && tool !== null && !Array.isArray(tool))
    .slice(0, MAX_TOOLS);
}

function compareDefinitions(before: readonly Record<string, JsonValue>[], after: readonly Record<string, JsonValue>[]): DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  const old = new Map(before.map((tool) => [nameOf(tool), tool]));
  const now = new Map(after.map((tool) => [nameOf(tool), tool]));
  const added = [...now.keys()].filter((name) => !old.has(name));
  // A baseline of one tool pins that tool alone; others in the message were pinned elsewhere.
  const removed = [...old.keys()].filter((name) => !now.has(name));
  if (added.length === 1 && removed.length === 1) {
    const [from, to] = [removed[0] as string, added[0] as string];
    changes.push({ kind: 'tool_renamed', tool: to, name: to, before: from, after: to });
    compareTool(to, old.get(from) ?? {}, now.get(to) ?? {}, changes);
  } else {
    for (const name of removed) changes.push({ kind: 'tool_removed', tool: name, name, before: name, after: '' });
    if (before.length > 1 || removed.length > 0 || added.length === after.length - 1) {
      for (const name of added) changes.push({ kind: 'tool_added', tool: name, name, before: '', after: textOfTool(now.get(name) ?? {}) });
    }
  }
  for (const [name, tool] of now) {
    const pinned = old.get(name);
    if (pinned !== undefined) compareTool(name, pinned, tool, changes);
  }
  return changes.slice(0, MAX_CHANGES);
}

function nameOf(tool: Record<string, JsonValue>): string {
  return typeof tool.name === 'string' ? tool.name : '';
}

function textOfTool(tool: Record<string, JsonValue>): string {
  return [...entriesOf(tool)]
    .filter(([path]) => !path.endsWith('/type'))
    .map(([, value]) => value)
    .join(' ');
}

function compareTool(tool: string, before: Record<string, JsonValue>, after: Record<string, JsonValue>, changes: DefinitionChange[]): void {
  const old = entriesOf(before);
  const now = entriesOf(after);
  const oldParams = paramsOf(old);
  const nowParams = paramsOf(now);
  const renamed = new Map<string, string>();
  for (const name of nowParams) {
    if (oldParams.has(name)) continue;
    const gone = [...oldParams].filter((other) => !nowParams.has(other));
    const twin = gone.find((other) => squash(other) === squash(name)) ?? gone.find((other) => sameMeaning(old, other, now, name));
    if (twin !== undefined) {
      renamed.set(name, twin);
      changes.push({ kind: 'param_renamed', tool, name, before: twin, after: name });
    } else changes.push({ kind: 'param_added', tool, name, before: '', after: paramText(now, name) });
  }
  const twins = new Set(renamed.values());
  for (const name of oldParams) {
    if (!nowParams.has(name) && !twins.has(name))
      changes.push({ kind: 'param_removed', tool, name, before: paramText(old, name), after: '' });
  }
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const a = old.get(path) ?? '';
    const b = now.get(path) ?? '';
    if (a === b) continue;
    const param = paramOf(path);
    if (param !== '' && (!oldParams.has(param) || !nowParams.has(param))) continue;
    const change = classify(path, param, a, b, renamed, twins);
    if (change !== null)
      changes.push({
        kind: change,
        tool,
        name: param === '' ? path.slice(path.lastIndexOf('/') + 1).replace(/^=/, '') : param,
        before: a,
        after: b,
      });
  }
}

function classify(
  path: string,
  param: string,
  before: string,
  after: string,
  renamed: ReadonlyMap<string, string>,
  twins: ReadonlySet<string>,
): DefinitionChange['kind'] | null {
  if (path === '/name') return null;
  if (path === '/description') return 'description_changed';
  if (path === '/title' || path === '/annotations/title') return 'title_changed';
  if (path.startsWith('/annotations')) return 'annotations_changed';
  const required = /\/required\/=(.*)$/.exec(path)?.[1];
  if (required !== undefined) {
    if (renamed.has(required) || twins.has(required)) return null;
    return after === '' ? 'required_removed' : 'required_added';
  }
  if (/\/(?:description|title|examples?(?:\/.*)?)$/.test(path)) return param === '' ? 'description_changed' : 'param_text_changed';
  if (path.endsWith('/default')) return 'default_changed';
  return before === '' && after === '' ? null : 'schema_changed';
}

const PARAM = /^\/(?:inputSchema|input_schema|parameters)\/properties\/([^/]+)/;

function paramOf(path: string): string {
  return PARAM.exec(path)?.[1] ?? '';
}

function paramsOf(entries: Entries): Set<string> {
  const names = new Set<string>();
  for (const path of entries.keys()) {
    const name = paramOf(path);
    if (name !== '') names.add(name);
  }
  return names;
}

function paramText(entries: Entries, name: string): string {
  const parts = [name];
  for (const [path, value] of entries) if (paramOf(path) === name && !path.endsWith('/type')) parts.push(value);
  return parts.join(' ');
}

/** Equal descriptions under a new name: a rename, not a new parameter. */
function sameMeaning(old: Entries, from: string, now: Entries, to: string): boolean {
  const before = paramText(old, from).slice(from.length);
  return before.length > 8 && before === paramText(now, to).slice(to.length);
}

function squash(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Normalised text with what was hidden in it made part of it, so that hiding counts as a change. */
function legible(value: string): string {
  const { text, marks } = normalizeText(value);
  const notes: string[] = [];
  if (marks.tags !== '') notes.push(`hidden: ${marks.tags}`);
  if (marks.visual !== '') notes.push(`shown as: ${marks.visual}`);
  if (marks.zeroWidth > 2) notes.push('zero-width characters');
  if (marks.homoglyphs) notes.push('look-alike letters');
  if (marks.bidi > 0) notes.push('bidirectional controls');
  return notes.length === 0 ? text : `${text} (${notes.join('; ')})`;
}

/** A tool as path -> normalised scalar; string arrays such as `required` become sets, so that order means nothing. */
function entriesOf(tool: Record<string, JsonValue>): Entries {
  const entries: Entries = new Map();
  const stack: { path: string; value: JsonValue; depth: number }[] = [{ path: '', value: tool, depth: 0 }];
  while (stack.length > 0 && entries.size < MAX_ENTRIES) {
    const { path, value, depth } = stack.pop() as { path: string; value: JsonValue; depth: number };
    if (typeof value === 'string') entries.set(path, legible(value));
    else if (value === null || typeof value !== 'object') entries.set(path, String(value));
    else if (depth < 32) {
      if (Array.isArray(value)) {
        for (const [i, item] of (value as readonly JsonValue[]).entries()) {
          if (i >= MAX_ENTRIES) break;
          stack.push({
            path: typeof item === 'string' ? `${path}/=${normalizeText(item).text}` : `${path}/${i}`,
            value: item,
            depth: depth + 1,
          });
        }
      } else {
        const keys = Object.keys(value);
        if (keys.length === 0 && path.startsWith('/inputSchema/properties/')) entries.set(path, '{}');
        for (let i = Math.min(keys.length, MAX_ENTRIES) - 1; i >= 0; i--) {
          const key = keys[i] as string;
          stack.push({
            path: `${path}/${key.replaceAll('/', '~1')}`,
            value: (value as Record<string, JsonValue>)[key] as JsonValue,
            depth: depth + 1,
          });
        }
      }
    }
  }
  return entries;
}
