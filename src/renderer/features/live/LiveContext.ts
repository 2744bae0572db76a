import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { LiveSession } from './liveSession.ts';
import type { ReviewLinks } from './reviewLinks.ts';
import type { LiveModel, LiveStore } from './liveStore.ts';

export interface LiveFeature {
  readonly store: LiveStore;
  readonly session: LiveSession;
  readonly reviewLinks: ReviewLinks;
}

export const LiveContext = createContext<LiveFeature | null>(null);

export function useLiveFeature(): LiveFeature {
  const feature = useContext(LiveContext);
  if (feature === null) throw new Error('LiveContext is missing.');
  return feature;
}

export function useLive<T>(select: (model: LiveModel) => T): T {
  return useStore(useLiveFeature().store, select);
}
