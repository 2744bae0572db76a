import type { JsonObject } from '../../../contract/json.ts';
import type { EnvironmentReply } from '../environments/reply.ts';
import { answerRpc, type RpcContext } from '../mcp/jsonRpc.ts';
import { toolObservation } from '../mcp/toolObservations.ts';
import type { ServerTelemetry } from '../server/services.ts';
import { REUSED, type Session, type SessionEnd } from '../sessions/session.ts';
import type { SessionRegistry } from '../sessions/sessionRegistry.ts';
import { errorFrame, invalidMessage, mcpFrame, observationFrame, readFrame, stateFrame, type ClientFrame } from '../wire/frames.ts';
import { freshEpisode, readReset } from '../wire/resetInput.ts';
import { readStepInput } from '../wire/stepInput.ts';
import type { SocketConnection, SocketProtocol } from './socketConnection.ts';

export interface SessionProtocolParts {
  readonly session: Session;
  readonly connection: SocketConnection;
  readonly sessions: SessionRegistry;
  readonly rpc: RpcContext;
  readonly telemetry: ServerTelemetry;
  readonly onUnexpected: (error: unknown) => void;
}

/** The OpenEnv dialect of `/ws`: one reply to each frame, errors leave the session as it was. */
export function sessionProtocol(parts: SessionProtocolParts): SocketProtocol {
  const { session, connection, sessions, telemetry, onUnexpected } = parts;
  return {
    async answer(text) {
      const read = text === null ? NOT_UTF8 : readFrame(text);
      telemetry.frame(read.ok ? read.frame.type : 'invalid');
      if (!read.ok) return errorFrame(read.problem);
      if (read.frame.type === 'close') {
        connection.closeNormally();
        sessions.detach(session, connection, 'closed');
        return null;
      }
      try {
        return await answerFrame(read.frame, parts);
      } catch (error) {
        onUnexpected(error);
        return errorFrame({ code: 'EXECUTION_ERROR', message: 'The server failed; reset and try again.' });
      }
    },
    farewell: (reason) => FAREWELLS[reason],
    onClosed: (said) => sessions.detach(session, connection, said ? 'closed' : 'broken'),
  };
}

const NOT_UTF8 = { ok: false, problem: { code: 'INVALID_JSON', message: 'Invalid JSON: not UTF-8 text' } } as const;

const FAREWELLS: { readonly [R in SessionEnd]: string | null } = {
  client: null,
  idle: errorFrame({ code: 'SESSION_ERROR', message: 'session idle timeout' }),
  killed: errorFrame({ code: 'SESSION_ERROR', message: 'session ended by the operator' }),
  replaced: null,
  shutdown: null,
};

async function answerFrame(frame: Exclude<ClientFrame, { type: 'close' }>, parts: SessionProtocolParts): Promise<string> {
  const { session, connection, rpc } = parts;
  switch (frame.type) {
    case 'reset':
      return reset(frame.data, session);
    case 'step':
      return step(frame.data, parts);
    case 'state': {
      const reply = await session.state();
      return reply.ok ? stateFrame(reply.json) : failed(reply);
    }
    case 'mcp':
      return mcpFrame(JSON.stringify(await answerRpc(frame.data, { session, remoteAddress: connection.remoteAddress }, rpc)));
  }
}

async function reset(data: JsonObject, session: Session): Promise<string> {
  const read = readReset(data);
  if (!read.ok) return errorFrame({ ...invalidMessage(read.errors), message: read.message });
  const reply = await session.reset(() => freshEpisode(read.args), read.requestId, JSON.stringify(data));
  return reply === REUSED ? reused(['request_id']) : observed(reply);
}

async function step(data: JsonObject, { session, rpc }: SessionProtocolParts): Promise<string> {
  const read = readStepInput(data);
  if (!read.ok) return errorFrame(invalidMessage(read.errors));
  const { input } = read;
  if (input.kind !== 'decision') return observationFrame(await toolObservation(input, session, rpc.tools));
  const reply = await session.step(input.action, input.requestId, JSON.stringify(data));
  return reply === REUSED ? reused(['metadata', 'request_id']) : observed(reply);
}

function observed(reply: EnvironmentReply): string {
  return reply.ok ? observationFrame(reply.json) : failed(reply);
}

function failed({ message }: Extract<EnvironmentReply, { ok: false }>): string {
  return errorFrame({ code: 'EXECUTION_ERROR', message });
}

function reused(loc: readonly string[]): string {
  return errorFrame(invalidMessage([{ type: 'value_error', loc, msg: 'This id was used for another request', input: null }]));
}
