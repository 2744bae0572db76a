import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import { jsonObjectSchema } from '../../../contract/schemas.ts';
import { SessionError, type SessionRefusal } from '../sessions/sessionError.ts';
import type { Session } from '../sessions/session.ts';
import type { SessionRegistry } from '../sessions/sessionRegistry.ts';
import { callToolResult, type ToolCalls, type ToolOutcome } from './toolCalls.ts';

export const RPC = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internalError: -32_603,
  serverError: -32_000,
} as const;

type RequestId = string | number | null;

export const requestSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  method: z.string().max(200),
  params: jsonObjectSchema.default({}),
  id: z
    .union([z.string().max(200), z.int()])
    .nullable()
    .default(null),
});

const callSchema = z.object({ name: z.string(), arguments: jsonObjectSchema.nullish() });

/** Exactly one of result and error. */
export interface RpcResponse {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string; readonly data: JsonValue };
}

export interface RpcContext {
  readonly sessions: SessionRegistry;
  readonly tools: ToolCalls;
}

/** Whom a request comes from. */
export interface RpcCaller {
  /** The session of the WebSocket that carried it; null over HTTP. */
  readonly session: Session | null;
  readonly remoteAddress: string | null;
}

/** Answers one JSON-RPC request of OpenEnv's own dialect, over whatever transport. Never rejects. */
export async function answerRpc(value: JsonValue, caller: RpcCaller, context: RpcContext): Promise<RpcResponse> {
  if (Array.isArray(value)) return rpcError(null, RPC.parseError, 'Parse error: batches are not supported');
  const parsed = requestSchema.safeParse(value);
  if (!parsed.success) return rpcError(null, RPC.invalidRequest, `Invalid Request: ${problem(parsed.error)}`);
  const { method, params, id } = parsed.data;
  try {
    switch (method) {
      case 'tools/list':
        return await onSession(id, params, caller, context, 'tools/list', async () => rpcResult(id, { tools: toolList(context.tools) }));
      case 'tools/call':
        return await callTool(id, params, caller, context);
      case 'openenv/session/create':
        return createSession(id, caller, context);
      case 'openenv/session/close':
        return closeSession(id, params, caller, context);
      default:
        return rpcError(id, RPC.methodNotFound, `Method not found: ${method.slice(0, 100)}`);
    }
  } catch (error) {
    if (error instanceof SessionError) return refusedResponse(id, error.refusal);
    return rpcError(id, RPC.internalError, 'The environment failed; try again.');
  }
}

/** The tools as standard MCP lists them. */
export function toolList(tools: ToolCalls): readonly JsonObject[] {
  return tools.list().map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
}

function rpcResult(id: RequestId, result: JsonObject): RpcResponse {
  return { jsonrpc: '2.0', id, result };
}

export function rpcError(id: RequestId, code: number, message: string, data: JsonValue = null): RpcResponse {
  return { jsonrpc: '2.0', id, error: { code, message, data } };
}

/** Why a session could not be had. */
export function refusedResponse(id: RequestId, refusal: SessionRefusal): RpcResponse {
  const { code, message, ...data } = refusal;
  return rpcError(id, code === 'SESSION_ERROR' ? RPC.invalidParams : RPC.serverError, message, code === 'SESSION_ERROR' ? null : data);
}

/** Finds whose session a request means, and counts it as use of that session. */
async function onSession(
  id: RequestId,
  params: JsonObject,
  caller: RpcCaller,
  { sessions }: RpcContext,
  call: string,
  answer: (session: Session | null) => Promise<RpcResponse>,
): Promise<RpcResponse> {
  const wanted = params['session_id'];
  let { session } = caller;
  if (session === null && wanted !== undefined && wanted !== null) {
    session = typeof wanted === 'string' ? sessions.find(wanted) : null;
    if (session === null || session.closing) return unknownSession(id, wanted);
  }
  session?.touch(call);
  return answer(session);
}

function callTool(id: RequestId, params: JsonObject, caller: RpcCaller, context: RpcContext): Promise<RpcResponse> {
  const call = callSchema.safeParse(params);
  if (!call.success) {
    const message = params['name'] === undefined ? "Missing 'name' in params" : `Invalid params - ${problem(call.error)}`;
    return Promise.resolve(rpcError(id, RPC.invalidParams, message));
  }
  const { name, arguments: args } = call.data;
  return onSession(id, params, caller, context, 'tools/call', async (session) => {
    const outcome = await context.tools.call(session, name, args ?? {});
    return outcome.ok ? rpcResult(id, callToolResult(outcome.data)) : failedCall(id, outcome.error);
  });
}

function failedCall(id: RequestId, { error_type, message }: Extract<ToolOutcome, { ok: false }>['error']): RpcResponse {
  const code = error_type === 'invalid_args' ? RPC.invalidParams : RPC.internalError;
  return rpcError(id, code, message, { error_type });
}

function createSession(id: RequestId, { session, remoteAddress }: RpcCaller, { sessions }: RpcContext): RpcResponse {
  const made = session ?? sessions.open('mcp_http', remoteAddress);
  // Who knows the id of its session may come back to it after a broken connection.
  made.resumable = true;
  made.touch('openenv/session/create');
  return rpcResult(id, { session_id: made.id });
}

function closeSession(id: RequestId, params: JsonObject, caller: RpcCaller, { sessions }: RpcContext): RpcResponse {
  const wanted = params['session_id'];
  if (wanted === undefined || wanted === null || wanted === '')
    return rpcError(id, RPC.invalidParams, "Invalid params - 'session_id' is required");
  if (caller.session !== null && wanted === caller.session.id)
    return rpcError(id, RPC.invalidRequest, 'The session of this WebSocket ends with the connection; close that instead.');
  const session = typeof wanted === 'string' ? sessions.find(wanted) : null;
  if (session === null || session.closing) return unknownSession(id, wanted);
  if (session.attachment !== null) {
    session.closing = true;
    return rpcResult(id, { session_id: session.id, closed: false, closing: true });
  }
  sessions.end(session, 'client');
  return rpcResult(id, { session_id: session.id, closed: true });
}

function unknownSession(id: RequestId, wanted: JsonValue): RpcResponse {
  const shown = typeof wanted === 'string' ? wanted.slice(0, 64) : typeof wanted;
  return rpcError(id, RPC.invalidParams, `Unknown session_id: ${shown}`);
}

function problem({ issues }: z.ZodError): string {
  const [first] = issues;
  return first?.code === 'unrecognized_keys' ? 'unknown keys' : `${first?.path.map(String).join('.') ?? ''} is missing or not valid`.trim();
}
