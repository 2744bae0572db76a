import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import { VERSION } from '../../version.ts';
import type { Session } from '../sessions/session.ts';
import type { SessionRegistry } from '../sessions/sessionRegistry.ts';
import { toolList } from './jsonRpc.ts';
import { callToolResult, type ToolCalls } from './toolCalls.ts';

/** One HTTP request of a standard MCP client. */
export interface StandardRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body of a POST. */
  readonly body: JsonValue | undefined;
  /** Value of `Mcp-Session-Id`. */
  readonly sessionId: string | null;
  readonly remoteAddress: string | null;
}

/** Streamable HTTP for clients that know MCP but not OpenEnv; each has a session like any other. */
export interface StandardMcp {
  /** @throws SessionError when a client wants to begin and no session can be had */
  handle(request: StandardRequest): Promise<Response>;
  close(): Promise<void>;
}

export function createStandardMcp(sessions: SessionRegistry, tools: ToolCalls): StandardMcp {
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>();

  const begin = async (request: StandardRequest): Promise<Response> => {
    const session = sessions.open('mcp_http', request.remoteAddress);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => session.id,
      enableJsonResponse: true,
      onsessioninitialized: (id) => void transports.set(id, transport),
      onsessionclosed: () => void sessions.end(session, 'client'),
    });
    sessions.onEnd(session, () => {
      transports.delete(session.id);
      void transport.close();
    });
    await serverFor(session, tools).connect(transport);
    const response = await forward(transport, request);
    // A client that was refused never learnt the id, so nobody else would end the session.
    if (!transports.has(session.id)) sessions.end(session, 'client');
    return response;
  };

  return {
    async handle(request) {
      const known = request.sessionId === null ? undefined : transports.get(request.sessionId);
      if (known !== undefined) return forward(known, request);
      const begins = request.sessionId === null && isInitialize(request.body);
      return begins ? begin(request) : unknownSession(request.sessionId);
    },
    async close() {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}

function serverFor(session: Session, tools: ToolCalls): Server {
  const server = new Server({ name: 'omniguard', version: VERSION }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => {
    session.touch('tools/list');
    return { tools: toolList(tools) as unknown as { name: string; inputSchema: { type: 'object' } }[] };
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }): Promise<CallToolResult> => {
    const outcome = await tools.call(session, params.name, (params.arguments ?? {}) as JsonObject);
    if (outcome.ok) return callToolResult(outcome.data) as unknown as CallToolResult;
    const { error_type, message } = outcome.error;
    if (error_type === 'tool_not_found') throw new McpError(ErrorCode.InvalidParams, message);
    return { content: [{ type: 'text', text: message }], isError: true };
  });
  return server;
}

function forward(transport: WebStandardStreamableHTTPServerTransport, { method, headers, body }: StandardRequest): Promise<Response> {
  const request = new Request('http://localhost/mcp', { method, headers });
  return transport.handleRequest(request, body === undefined ? {} : { parsedBody: body });
}

function isInitialize(body: JsonValue | undefined): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && 'method' in body && body.method === 'initialize';
}

function unknownSession(sessionId: string | null): Response {
  const message = sessionId === null ? 'Bad Request: Mcp-Session-Id header is required' : 'Session not found';
  return Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_001, message } }, { status: sessionId === null ? 400 : 404 });
}
