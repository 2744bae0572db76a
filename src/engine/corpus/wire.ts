import type { Capability } from '../../contract/actions.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { GatewayMessage, MessageContext, ToolDefinition, TraceEntry } from '../../contract/messages.ts';
import type { Random } from '../random/random.ts';
import type { ServerData, ToolData } from './data.ts';

/** What all messages of one session share. */
export interface Wire {
  readonly server: string;
  readonly transport: MessageContext['transport'];
  readonly granted: readonly Capability[] | null;
}

export interface Extras {
  readonly tool?: string;
  readonly userTask?: string | undefined;
  readonly baseline?: JsonValue;
  readonly trace?: readonly TraceEntry[] | undefined;
}

/** A connection to a server as the operator set it up. */
export function openWire(server: ServerData, random: Random, transport?: MessageContext['transport']): Wire {
  const chosen = transport ?? random.pick(server.transports);
  return { server: server.name, transport: chosen, granted: random.chance(0.3) ? serverNeeds(server) : null };
}

/** Capabilities that a server's tools exercise together, each once. */
export function serverNeeds(server: { readonly tools: readonly ToolData[] }): Capability[] {
  return [...new Set(server.tools.flatMap((tool) => tool.needs))];
}

export function manifestMessage(wire: Wire, tools: readonly ToolDefinition[], id: number, extras: Extras = {}): GatewayMessage {
  const kind = extras.baseline === undefined ? 'manifest' : 'manifest_changed';
  return { kind, message: { jsonrpc: '2.0', id, result: { tools: tools as unknown as JsonValue } }, context: contextOf(wire, extras) };
}

export function callMessage(wire: Wire, tool: string, args: JsonValue, id: number, extras: Extras = {}): GatewayMessage {
  return {
    kind: 'call',
    message: { jsonrpc: '2.0', id, method: 'tools/call', params: { name: tool, arguments: args } },
    context: contextOf(wire, { tool, ...extras }),
  };
}

export function resultMessage(wire: Wire, tool: string, text: string, id: number, extras: Extras = {}): GatewayMessage {
  return {
    kind: 'result',
    message: { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }], isError: false } },
    context: contextOf(wire, { tool, ...extras }),
  };
}

export function resourceMessage(
  wire: Wire,
  document: { readonly uri: string; readonly mime: string; readonly text: string },
  id: number,
  extras: Extras = {},
): GatewayMessage {
  return {
    kind: 'resource',
    message: { jsonrpc: '2.0', id, result: { contents: [{ uri: document.uri, mimeType: document.mime, text: document.text }] } },
    context: contextOf(wire, extras),
  };
}

export function samplingMessage(wire: Wire, params: JsonObject, id: number, extras: Extras = {}): GatewayMessage {
  const method = params['requestedSchema'] === undefined ? 'sampling/createMessage' : 'elicitation/create';
  return { kind: 'sampling', message: { jsonrpc: '2.0', id, method, params }, context: contextOf(wire, extras) };
}

export function launchMessage(wire: Wire, entry: JsonObject, id: number): GatewayMessage {
  return {
    kind: 'launch',
    message: { jsonrpc: '2.0', id, method: 'omniguard/serverLaunch', params: { mcpServers: { [wire.server]: entry } } },
    context: contextOf(wire, {}),
  };
}

/** One trace line about a message, built from what any gateway sees. */
export function traceOf(message: GatewayMessage): TraceEntry {
  const tool = message.context.tool;
  const about = message.message.params ?? message.message.result ?? {};
  const summary = JSON.stringify(message.kind === 'call' ? about['arguments'] : (about['content'] ?? about)).slice(0, 160);
  return { kind: message.kind, ...(tool === undefined ? {} : { tool }), summary };
}

function contextOf(wire: Wire, extras: Extras): MessageContext {
  return {
    transport: wire.transport,
    server: wire.server,
    ...(extras.tool === undefined ? {} : { tool: extras.tool }),
    ...(extras.userTask === undefined ? {} : { userTask: extras.userTask }),
    ...(wire.granted === null ? {} : { granted: wire.granted }),
    ...(extras.baseline === undefined ? {} : { baseline: extras.baseline }),
    ...(extras.trace === undefined || extras.trace.length === 0 ? {} : { trace: extras.trace }),
  };
}
