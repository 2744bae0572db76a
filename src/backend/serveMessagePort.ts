import { RPCHandler } from '@orpc/server/message-port';
import { isRequestFrame } from './requestFrame.ts';
import type { BackendRouter } from './router.ts';

/** The part of Electron's `MessagePortMain` and of Node's `MessagePort` that is used. */
export interface ServedPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  close(): void;
}

/** Serves the router on ports; returns what takes each new one. A port that sends a malformed frame is closed. */
export function serveMessagePorts(router: BackendRouter): (port: ServedPort) => void {
  const handler = new RPCHandler(router);
  return (port) => {
    const guarded = {
      postMessage: (message: unknown) => port.postMessage(message),
      on(event: string, listener: (event?: { readonly data: unknown }) => void) {
        if (event === 'close') port.on('close', () => listener());
        else
          port.on('message', (message) => {
            if (isRequestFrame(message.data)) listener(message);
            else port.close();
          });
      },
    };
    handler.upgrade(guarded);
  };
}
