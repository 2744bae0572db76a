import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ConnectionState } from './connection.ts';
import type { Platform } from './platform.ts';

export const PlatformContext = createContext<Platform | null>(null);

export function usePlatform(): Platform {
  const platform = useContext(PlatformContext);
  if (platform === null) throw new Error('PlatformContext is missing.');
  return platform;
}

export function useConnectionState(): ConnectionState {
  const { connection } = usePlatform();
  return useSyncExternalStore(connection.subscribe, connection.getState);
}
