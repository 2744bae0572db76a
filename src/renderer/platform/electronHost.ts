import { RPCLink } from '@orpc/client/message-port';
import type { CallContext, OpenTransport } from './connection.ts';

/** The preload listens for this message and hands the port it carries to the main process. */
const CONNECT_MESSAGE = 'omniguard:connect';

/** Opens a message channel and gives its far end to the preload. */
export const openElectronTransport: OpenTransport = async () => {
  const { port1, port2 } = new MessageChannel();
  const link = new RPCLink<CallContext>({ port: port1 });
  const closed = new Promise<string>((resolve) => {
    port1.addEventListener('close', () => resolve('The backend closed the connection.'), { once: true });
  });
  port1.start();
  window.postMessage(CONNECT_MESSAGE, window.location.origin, [port2]);
  return { link, closed, close: () => port1.close() };
};
