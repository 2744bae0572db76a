import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { SystemStatus, SystemStatusStore } from './systemStatus.ts';

export const SystemContext = createContext<SystemStatusStore | null>(null);

export function useSystemStore(): SystemStatusStore {
  const store = useContext(SystemContext);
  if (store === null) throw new Error('SystemContext is missing.');
  return store;
}

export function useSystem<T>(select: (status: SystemStatus) => T): T {
  return useStore(useSystemStore(), select);
}
