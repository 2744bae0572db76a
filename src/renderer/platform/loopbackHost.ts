import { RPCLink } from '@orpc/client/websocket';
import { ConnectionLostError, type CallContext, type OpenTransport } from './connection.ts';

/** WebSocket to `/rpc` of the server that delivered this page. */
export const openLoopbackTransport: OpenTransport = async (signal) => {
  const address = new URL('/rpc', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const websocket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    websocket.addEventListener('open', () => resolve(), { once: true });
    websocket.addEventListener('close', () => reject(new ConnectionLostError('The backend is not running.')), { once: true });
    signal.addEventListener('abort', () => websocket.close(), { once: true });
  });
  const closed = new Promise<string>((resolve) => {
    websocket.addEventListener('close', () => resolve('The backend closed the connection.'), { once: true });
  });
  return { link: new RPCLink<CallContext>({ websocket }), closed, close: () => websocket.close() };
};
