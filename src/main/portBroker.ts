import { ipcMain, type MessagePortMain } from 'electron';
import { isAppUrl } from './origin.ts';

const CONNECT = 'omniguard:connect';

/**
 * Hands each port that the interface sends to `accept`. A message from anything but
 * the top frame of our own origin is dropped. The frame is read synchronously: it may
 * be gone a tick later.
 */
export function brokerPorts(accept: (port: MessagePortMain) => void): void {
  ipcMain.on(CONNECT, (event) => {
    const frame = event.senderFrame;
    const [port] = event.ports;
    if (port === undefined) return;
    if (frame === null || frame.parent !== null || !isAppUrl(frame.url)) {
      port.close();
      return;
    }
    accept(port);
    port.start();
  });
}
