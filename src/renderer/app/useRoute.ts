import { useSyncExternalStore } from 'react';

export const ROUTES = ['live', 'models'] as const;
export type Route = (typeof ROUTES)[number];

function readRoute(): Route {
  return ROUTES.find((route) => window.location.hash === `#/${route}`) ?? 'live';
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** The page named by the address; anything unknown is Live. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, readRoute);
}
