import { createStore, type StoreApi } from 'zustand/vanilla';
import type { SystemInfo } from '../../contract/system.ts';
import { describeError, type Problem } from '../platform/describeError.ts';
import { CallTimeoutError } from '../platform/connection.ts';
import type { Platform } from '../platform/platform.ts';

/** What the status bar and the models page know of the backend, refreshed on a beat. */
export interface SystemStatus {
  readonly info: SystemInfo | null;
  readonly problem: Problem | null;
}

export type SystemStatusStore = StoreApi<SystemStatus> & { readonly refresh: () => Promise<void> };

const BEAT_MS = 3_000;

/** The beat doubles as heartbeat: an answer that does not come means that the line is dead although it looks open. */
export function startSystemStatus({ client, connection }: Platform): SystemStatusStore {
  const store = createStore<SystemStatus>(() => ({ info: null, problem: null }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    if (connection.getState().status === 'open') {
      try {
        store.setState({ info: await client.system.info(), problem: null });
      } catch (error) {
        store.setState({ problem: describeError(error) });
        if (error instanceof CallTimeoutError) connection.reset('The backend stopped answering.');
      }
    }
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), BEAT_MS);
  };
  connection.subscribe(() => {
    if (connection.getState().status === 'open') void refresh();
  });
  void refresh();
  return { ...store, refresh };
}
