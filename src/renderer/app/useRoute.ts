import { useMemo, useSyncExternalStore } from 'react';

export const ROUTES = ['live', 'replays', 'review', 'training', 'evaluation', 'data', 'models', 'api', 'guide'] as const;
export type Route = (typeof ROUTES)[number];

/** All that an address names: `#/replays/ep-12?at=3` is the page `replays`, the path `['ep-12']` and the query `at=3`. */
export interface Place {
  readonly route: Route;
  /** Decoded parts after the page, without empty ones. Not checked: a page parses its own. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads the part of an address after `#`; an unknown page is Live. */
export function parsePlace(hash: string): Place {
  const [address = '', query = ''] = splitOnce(hash.replace(/^#\/?/, ''), '?');
  const [page, ...path] = address.split('/');
  const route = ROUTES.find((name) => name === page) ?? 'live';
  return { route, path: path.filter((part) => part !== '').map(decode), query: new URLSearchParams(query) };
}

export interface PlaceParts {
  readonly path?: readonly string[];
  /** Undefined values are left out. */
  readonly query?: { readonly [name: string]: string | number | undefined };
}

/** The `href` of a place within the application. */
export function placeHref(route: Route, { path = [], query = {} }: PlaceParts = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  const search = new URLSearchParams(given).toString();
  return `#/${[route, ...path.map(encodeURIComponent)].join('/')}${search === '' ? '' : `?${search}`}`;
}

/** Goes to a place; with `replace` the present one leaves no entry in the history. */
export function goToPlace(href: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (!replace) {
    window.location.hash = href;
    return;
  }
  if (window.location.hash === href) return;
  window.history.replaceState(null, '', href);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** An address typed by hand may hold a `%` that stands for nothing. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function readHash(): string {
  return window.location.hash;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** The place named by the address. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, readHash);
  return useMemo(() => parsePlace(hash), [hash]);
}

/** The page named by the address; it changes only when the page does. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => parsePlace(readHash()).route);
}
