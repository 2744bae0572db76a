import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../contract/contract.ts';
import { createConnection, type CallContext, type Connection } from './connection.ts';
import { openElectronTransport } from './electronHost.ts';
import { openLoopbackTransport } from './loopbackHost.ts';

export type BackendClient = ContractRouterClient<Contract, CallContext>;

/** All that the interface may ask of its host. */
export interface Platform {
  readonly client: BackendClient;
  readonly connection: Pick<Connection, 'getState' | 'subscribe' | 'retryNow' | 'reset'>;
  readonly copyText: (text: string) => Promise<void>;
  /** Hands a file to the person, as a download. */
  readonly saveFile: (name: string, content: Blob) => void;
}

/** The desktop shell serves the interface from its own scheme; its development server shows in the agent string. */
function runsInDesktopShell(): boolean {
  return window.location.protocol === 'omniguard:' || navigator.userAgent.includes(' Electron/');
}

function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download reads the address when it starts, which is after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Connects to whichever host delivered the page. */
export function createPlatform(): Platform {
  const connection = createConnection({
    open: runsInDesktopShell() ? openElectronTransport : openLoopbackTransport,
    probe: (link, signal) => link.call(['system', 'info'], undefined, { context: {}, signal }),
    streams: new Set(['live.events', 'runs.changes', 'environmentServer.watch', 'evaluations.watch']),
  });
  return {
    client: createORPCClient<BackendClient>(connection),
    connection,
    copyText: (text) => navigator.clipboard.writeText(text),
    saveFile,
  };
}
