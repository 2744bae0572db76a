import { RPCHandler } from '@orpc/server/ws';
import type { WebSocket } from 'ws';
import { isRequestFrame } from '../../backend/requestFrame.ts';
import type { BackendRouter } from '../../backend/router.ts';

const PING_MS = 15_000;
/** What may wait for a reader that has stopped reading. */
const MOST_BUFFERED_BYTES = 64 * 1024 * 1024;
/** Codes of RFC 6455. */
const UNSUPPORTED_DATA = 1003;
const INVALID_PAYLOAD = 1007;

type RpcSocket = Parameters<RPCHandler<Record<never, never>>['upgrade']>[0];

/**
 * Serves the router on WebSockets; returns what takes each new one. A malformed frame closes the socket, and so does
 * a reader that answers no ping or lets more than 64 MiB pile up.
 */
export function serveWebSockets(router: BackendRouter): (socket: WebSocket) => void {
  const handler = new RPCHandler(router);
  return (socket) => {
    watch(socket);
    void handler.upgrade(guard(socket));
  };
}

/** The socket as oRPC uses it, with only well-formed frames coming in. */
function guard(socket: WebSocket): RpcSocket {
  const addEventListener = (type: string, listener: (event: { readonly data: unknown }) => void): void => {
    if (type !== 'message') {
      socket.on(type, () => listener({ data: undefined }));
      return;
    }
    socket.on('message', (data: Buffer, isBinary) => {
      const text = isBinary ? null : data.toString('utf8');
      if (text === null) socket.close(UNSUPPORTED_DATA, 'text frames only');
      else if (isRequestFrame(text)) listener({ data: text });
      else socket.close(INVALID_PAYLOAD, 'malformed frame');
    });
  };
  const send = (data: string | Uint8Array): void => {
    if (socket.bufferedAmount > MOST_BUFFERED_BYTES) socket.terminate();
    else socket.send(data);
  };
  return { addEventListener, send } as unknown as RpcSocket;
}

function watch(socket: WebSocket): void {
  let alive = true;
  const timer = setInterval(() => {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => (alive = true));
  socket.on('close', () => clearInterval(timer));
  // `ws` closes the socket by itself after an error, such as a frame over the limit; there is nothing to add.
  socket.on('error', () => undefined);
}
