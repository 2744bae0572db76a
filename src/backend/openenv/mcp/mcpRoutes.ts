import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonValue } from '../../../contract/json.ts';
import { readBody, refuseOtherMethods, sendDetail, sendJson } from '../http/replies.ts';
import { SessionError } from '../sessions/sessionError.ts';
import { answerRpc, refusedResponse, RPC, rpcError, type RpcContext, type RpcResponse } from './jsonRpc.ts';
import type { StandardMcp } from './standardMcp.ts';

export interface McpRoutesParts {
  readonly rpc: RpcContext;
  readonly standard: StandardMcp;
  /** Takes the WebSocket connections on the same path. */
  readonly onSocket: NonNullable<Parameters<FastifyInstance['route']>[0]['wsHandler']>;
}

/**
 * `/mcp`. POST answers OpenEnv's JSON-RPC, always with status 200; what a standard MCP client sends (its first message,
 * notifications, anything with `Mcp-Session-Id`) goes to the SDK, which also serves GET and DELETE for such clients.
 */
export function mcpRoutes(app: FastifyInstance, { rpc, standard, onSocket }: McpRoutesParts): void {
  app.post('/mcp', async (request, reply) => {
    const body = readBody(request);
    if (!body.ok) return sendRpc(reply, rpcError(null, RPC.parseError, `Parse error: ${body.problem}`));
    if (sessionIdOf(request) !== null || isStandard(body.value)) return handOver(request, reply, body.value);
    const caller = { session: null, remoteAddress: request.ip };
    return sendRpc(reply, await answerRpc(body.value ?? {}, caller, rpc));
  });

  app.route({
    method: 'GET',
    url: '/mcp',
    exposeHeadRoute: false,
    wsHandler: onSocket,
    handler: async (request, reply) => (sessionIdOf(request) === null ? notAllowed(reply) : handOver(request, reply, undefined)),
  });
  app.delete('/mcp', async (request, reply) => (sessionIdOf(request) === null ? notAllowed(reply) : handOver(request, reply, undefined)));
  refuseOtherMethods(app, '/mcp', ['GET', 'POST', 'DELETE']);

  async function handOver(request: FastifyRequest, reply: FastifyReply, body: JsonValue | undefined): Promise<FastifyReply> {
    try {
      const response = await standard.handle({
        method: request.method as 'GET' | 'POST' | 'DELETE',
        headers: singleHeaders(request),
        body,
        sessionId: sessionIdOf(request),
        remoteAddress: request.ip,
      });
      return await reply.send(response);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return sendRpc(reply, refusedResponse(idOf(body), error.refusal));
    }
  }
}

function sendRpc(reply: FastifyReply, response: RpcResponse): FastifyReply {
  return sendJson(reply, 200, JSON.stringify(response));
}

function notAllowed(reply: FastifyReply): FastifyReply {
  return sendDetail(reply.header('allow', 'POST'), 405, 'Method Not Allowed');
}

function sessionIdOf({ headers }: FastifyRequest): string | null {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' && id !== '' ? id : null;
}

function isStandard(body: JsonValue | undefined): boolean {
  if (typeof body !== 'object' || body === null || !('method' in body) || typeof body.method !== 'string') return false;
  return body.method === 'initialize' || body.method.startsWith('notifications/');
}

function idOf(body: JsonValue | undefined): string | number | null {
  if (typeof body !== 'object' || body === null || !('id' in body)) return null;
  return typeof body.id === 'string' || typeof body.id === 'number' ? body.id : null;
}

/** Only what the SDK reads; other headers may hold what it refuses. */
function singleHeaders({ headers }: FastifyRequest): Record<string, string> {
  const names = ['accept', 'content-type', 'mcp-session-id', 'mcp-protocol-version', 'last-event-id'] as const;
  return Object.fromEntries(names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])));
}
