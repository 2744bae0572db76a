import type { JsonObject, JsonValue } from './json.ts';
import type { Capability } from './actions.ts';

/** What crosses the gateway; see docs/architecture.md for the JSON-RPC shape of each. */
export const MESSAGE_KINDS = ['manifest', 'manifest_changed', 'call', 'result', 'resource', 'sampling', 'launch'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export type Transport = 'stdio' | 'http';

/** One JSON-RPC 2.0 object, exactly as it crossed. */
export interface JsonRpcMessage {
  readonly jsonrpc: '2.0';
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: JsonObject;
}

/** A tool as `tools/list` describes it. */
export interface ToolDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: JsonObject;
  readonly annotations?: JsonObject;
}

/** One line of what the gateway saw just before, oldest first. */
export interface TraceEntry {
  readonly kind: MessageKind;
  readonly tool?: string;
  readonly summary: string;
}

/** What a gateway knows beside the message. Nothing in here depends on the ground truth. */
export interface MessageContext {
  readonly transport: Transport;
  readonly server: string;
  readonly tool?: string;
  /** The user's own request, when the client passed it on. */
  readonly userTask?: string;
  /** Capabilities the operator granted to this server; absent: unknown. */
  readonly granted?: readonly Capability[];
  /** The definition that was pinned when the server was approved (one tool, or `{tools: [...]}`). */
  readonly baseline?: JsonValue;
  readonly trace?: readonly TraceEntry[];
}

export interface GatewayMessage {
  readonly kind: MessageKind;
  readonly message: JsonRpcMessage;
  readonly context: MessageContext;
}
