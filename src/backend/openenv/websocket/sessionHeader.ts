import type { IncomingMessage } from 'node:http';
import type { WebSocketServer } from 'ws';
import type { EnvironmentSessionId } from '../../../contract/environmentServer.ts';
import { newSessionId } from '../sessions/sessionRegistry.ts';

/** Tells a proxy which session a connection carries, so that a client which comes back for it reaches the same replica. */
const HEADER = 'x-omniguard-session';

/**
 * Names the session of each connection to `/ws` in the handshake's answer, before the session exists.
 * @returns the id promised to a request; a new one when none was
 */
export function announceSessions(server: WebSocketServer): (request: IncomingMessage) => EnvironmentSessionId {
  const promised = new WeakMap<IncomingMessage, EnvironmentSessionId>();
  server.on('headers', (headers, request) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost');
    if (pathname !== '/ws' || (searchParams.get('session_id') ?? '') !== '') return;
    const id = newSessionId();
    promised.set(request, id);
    headers.push(`${HEADER}: ${id}`);
  });
  return (request) => promised.get(request) ?? newSessionId();
}
