import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { GatewayMessage } from '../../contract/messages.ts';

/** One stdio server entry of a launch message. */
export interface LaunchEntry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly (readonly [string, string])[];
}

const MAX_ENTRIES = 32;
const MAX_ARGS = 256;

/** Name of the called tool; the context's when the message has none. */
export function toolName(message: GatewayMessage): string {
  const name = message.message.params?.name;
  return typeof name === 'string' ? name : (message.context.tool ?? '');
}

/** Arguments of a `tools/call` request; an empty object when they are missing. */
export function callArguments(message: GatewayMessage): JsonObject {
  return asObject(message.message.params?.arguments);
}

/** Launch entries of `{mcpServers: {name: entry}}` or of a bare entry, at most 32. */
export function launchEntries(message: GatewayMessage): readonly LaunchEntry[] {
  const params = message.message.params;
  if (params === undefined) return [];
  const servers = params.mcpServers;
  if (typeof servers === 'object' && servers !== null && !Array.isArray(servers)) {
    return Object.entries(servers as JsonObject)
      .slice(0, MAX_ENTRIES)
      .map(([name, entry]) => launchEntry(name, asObject(entry)));
  }
  return [launchEntry(message.context.server, params)];
}

function launchEntry(name: string, entry: JsonObject): LaunchEntry {
  const args = Array.isArray(entry.args) ? (entry.args as readonly JsonValue[]) : [];
  return {
    name,
    command: typeof entry.command === 'string' ? entry.command : '',
    args: args.slice(0, MAX_ARGS).filter((arg): arg is string => typeof arg === 'string'),
    env: Object.entries(asObject(entry.env))
      .slice(0, MAX_ARGS)
      .filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
