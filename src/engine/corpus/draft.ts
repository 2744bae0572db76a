import type { Capability } from '../../contract/actions.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { ToolDefinition } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';
import { insertInText, join } from './contentText.ts';
import type { LaunchChange, ParamRole, ServerData, SplitData, TaskData, ToolData } from './data.ts';
import { createScope, expand, expandJson, type Scope } from './slots.ts';
import { paramsWithRole } from './toolText.ts';

/** Presence rates of optional context, equal for both classes so that presence tells nothing. */
export const USER_TASK_RATE = { call: 0.55, result: 0.35, resource: 0.25 } as const;
export const TRACE_RATE = 0.2;

/** A tool parameter that can carry a value of a role. */
export interface RoleSite {
  readonly server: ServerData;
  readonly tool: ToolData;
  readonly param: string;
}

/** One split with the look-ups that composing needs, made once. */
export interface Workshop {
  readonly data: SplitData;
  readonly sites: { readonly [R in ParamRole]: readonly RoleSite[] };
  /** Servers that are started as programs, and ways to make that go wrong, by vector. */
  readonly stdioServers: readonly ServerData[];
  readonly launchChanges: ReadonlyMap<string, readonly LaunchChange[]>;
}

const ALL_ROLES = ['path', 'url', 'host', 'command', 'to', 'text', 'sql', 'query'] as const;

export function openWorkshop(data: SplitData): Workshop {
  const sitesOf = (role: ParamRole): RoleSite[] =>
    data.servers.flatMap((server) => server.tools.flatMap((tool) => paramsWithRole(tool, role).map((param) => ({ server, tool, param }))));
  return {
    data,
    sites: Object.fromEntries(ALL_ROLES.map((role) => [role, sitesOf(role)])) as Record<ParamRole, RoleSite[]>,
    stdioServers: data.servers.filter((server) => server.transports.includes('stdio')),
    launchChanges: Map.groupBy(data.attacks.launch, (change) => change.vector),
  };
}

export function serverScope(shop: Workshop, server: ServerData, random: Random): Scope {
  return createScope(random, ...(server.slots === undefined ? [] : [server.slots]), shop.data.lexicon);
}

/** A task of a tool made concrete: request, arguments and answer speak of the same things. */
export interface ConcreteTask {
  readonly tool: ToolData;
  readonly ask: string;
  readonly args: JsonObject;
  readonly result: JsonValue;
  readonly scope: Scope;
}

export function concreteTask(shop: Workshop, server: ServerData, tool: ToolData, random: Random): ConcreteTask {
  const task: TaskData = random.pick(tool.tasks);
  const scope = serverScope(shop, server, random);
  const args = expandJson(task.args, scope) as JsonObject;
  return { tool, ask: sentence(expand(random.pick(task.ask), scope)), args, result: expandJson(task.result ?? tool.result, scope), scope };
}

export function maybe<T>(random: Random, probability: number, value: T): T | undefined {
  return random.chance(probability) ? value : undefined;
}

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function messageId(random: Random): number {
  return 1 + random.int(999);
}

/** Where a text was put into a tool definition. */
export type ToolPlace = 'description' | 'parameter' | 'new_parameter' | 'default' | 'title' | 'enum';

/** Where text is planted, as often as it stands here; one list for attacks and honest notes, so that the place tells nothing. */
export const TOOL_PLACES: readonly ToolPlace[] = [
  'description',
  'description',
  'description',
  'description',
  'parameter',
  'parameter',
  'new_parameter',
  'default',
  'title',
  'enum',
];

/** Puts `text` into a definition at a place; a place the definition lacks falls back to its description. */
export function plantInTool(tool: ToolDefinition, text: string, place: ToolPlace, random: Random): ToolDefinition {
  const properties = (tool.inputSchema['properties'] ?? {}) as JsonObject;
  const names = Object.keys(properties);
  const withProperty = (name: string, change: (old: JsonObject) => JsonObject): ToolDefinition => ({
    ...tool,
    inputSchema: { ...tool.inputSchema, properties: { ...properties, [name]: change((properties[name] ?? {}) as JsonObject) } },
  });
  if (place === 'title') return { ...tool, title: `${tool.title ?? tool.name}. ${text}` };
  if (place === 'new_parameter') {
    const name = random.pick([
      'context',
      'notes',
      'metadata',
      'sidenote',
      'trace',
      'session_info',
      'annotations',
      'extra',
      'debug_info',
      'background',
    ]);
    return withProperty(name, () => ({ type: 'string', description: text }));
  }
  if (place === 'parameter' && names.length > 0) {
    return withProperty(random.pick(names), (old) => ({
      ...old,
      description: typeof old['description'] === 'string' ? join(old['description'], text, random) : text,
    }));
  }
  if (place === 'default' && names.length > 0) return withProperty(random.pick(names), (old) => ({ ...old, default: text }));
  if (place === 'enum' && names.length > 0) return withProperty(random.pick(names), (old) => ({ ...old, enum: ['auto', text] }));
  const old = tool.description ?? '';
  return { ...tool, description: old.includes('\n') ? insertInText(old, text, random) : join(old, text, random) };
}

/** Replaces one element of a list. */
export function replaced<T>(list: readonly T[], index: number, item: T): T[] {
  return list.map((old, at) => (at === index ? item : old));
}

export function union(...lists: readonly (readonly Capability[])[]): Capability[] {
  return [...new Set(lists.flat())];
}
