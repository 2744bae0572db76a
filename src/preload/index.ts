import { ipcRenderer } from 'electron';

/**
 * Forwards the page's MessagePort to the main process and exposes nothing else.
 * The page asks with `window.postMessage('omniguard:connect', origin, [port])`.
 */
const CONNECT = 'omniguard:connect';

window.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.source !== window || event.origin !== window.location.origin || event.data !== CONNECT || port === undefined) return;
  ipcRenderer.postMessage(CONNECT, null, [port]);
});
