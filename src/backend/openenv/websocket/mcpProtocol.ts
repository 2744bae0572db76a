import { answerRpc, RPC, rpcError, type RpcContext } from '../mcp/jsonRpc.ts';
import type { ServerTelemetry } from '../server/services.ts';
import type { Session, SessionEnd } from '../sessions/session.ts';
import type { SessionRegistry } from '../sessions/sessionRegistry.ts';
import { parseJson } from '../wire/parseJson.ts';
import type { SocketConnection, SocketProtocol } from './socketConnection.ts';

export interface McpProtocolParts {
  readonly session: Session;
  readonly connection: SocketConnection;
  readonly sessions: SessionRegistry;
  readonly rpc: RpcContext;
  readonly telemetry: ServerTelemetry;
}

/** JSON-RPC over the WebSocket `/mcp`: one session for each socket. */
export function mcpProtocol({ session, connection, sessions, rpc, telemetry }: McpProtocolParts): SocketProtocol {
  return {
    async answer(text) {
      const json = text === null ? null : parseJson(text);
      telemetry.frame(json?.ok === true ? 'mcp' : 'invalid');
      if (json === null || !json.ok)
        return JSON.stringify(rpcError(null, RPC.parseError, `Parse error: ${json?.problem ?? 'not UTF-8 text'}`));
      return JSON.stringify(await answerRpc(json.value, { session, remoteAddress: connection.remoteAddress }, rpc));
    },
    farewell: (reason) => FAREWELLS[reason],
    onClosed: (said) => sessions.detach(session, connection, said ? 'closed' : 'broken'),
  };
}

const FAREWELLS: { readonly [R in SessionEnd]: string | null } = {
  client: null,
  idle: JSON.stringify(rpcError(null, RPC.serverError, 'session idle timeout')),
  killed: JSON.stringify(rpcError(null, RPC.serverError, 'session ended by the operator')),
  replaced: null,
  shutdown: null,
};
