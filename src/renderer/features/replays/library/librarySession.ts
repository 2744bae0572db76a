import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EpisodeId } from '../../../../contract/ids.ts';
import {
  libraryFilterSchema,
  type LibraryCursor,
  type LibraryEpisode,
  type LibraryFacets,
  type LibraryFilter,
  type LibrarySort,
} from '../../../../contract/replays.ts';
import { plural } from '../../../lib/format.ts';
import { describeError, type Problem } from '../../../platform/describeError.ts';
import type { Platform } from '../../../platform/platform.ts';
import { episodeFileName, exportEpisodes, importEpisodes } from '../episodeTransfer.ts';

export const NO_FILTER: LibraryFilter = libraryFilterSchema.parse({});
const PAGE = 100;
/** Pages after the first are larger: whoever scrolls goes on scrolling. */
const NEXT_PAGE = 200;
/** Most rows of one answer. */
const MOST_ROWS = 1_000;
/** Ids in one call that changes episodes. */
const BATCH = 500;
/** People type faster than lists are worth redrawing. */
const SEARCH_PAUSE_MS = 120;

export interface LibraryModel {
  readonly filter: LibraryFilter;
  readonly sort: LibrarySort;
  readonly descending: boolean;
  /** Null until the first page has come. */
  readonly rows: readonly LibraryEpisode[] | null;
  readonly next: LibraryCursor | null;
  readonly matching: number;
  readonly facets: LibraryFacets | null;
  /** `first`: what is shown is about to change; `more`: rows are on their way to its end. */
  readonly loading: 'first' | 'more' | null;
  readonly problem: Problem | null;
  readonly selected: ReadonlySet<EpisodeId>;
  /** Row that the keys act on. */
  readonly active: EpisodeId | null;
  /** What the last deletion can be undone with. */
  readonly deleted: readonly EpisodeId[];
  /** Outcome of the last action, in words. */
  readonly notice: string | null;
  readonly transfer: { readonly kind: 'export' | 'import'; readonly done: number; readonly total: number } | null;
}

export type LibraryStore = StoreApi<LibraryModel>;

/** The library's list and what can be done to it. One for the life of the page, so that coming back finds everything as it was. */
export interface LibrarySession {
  readonly store: LibraryStore;
  readonly change: (part: Partial<Pick<LibraryModel, 'filter' | 'sort' | 'descending'>>) => void;
  readonly refresh: () => Promise<void>;
  readonly loadMore: () => Promise<void>;
  readonly pin: (ids: readonly EpisodeId[], pinned: boolean) => Promise<void>;
  readonly addTag: (ids: readonly EpisodeId[], tag: string) => Promise<void>;
  readonly removeTag: (ids: readonly EpisodeId[], tag: string) => Promise<void>;
  readonly remove: (ids: readonly EpisodeId[]) => Promise<void>;
  readonly restore: (ids: readonly EpisodeId[]) => Promise<void>;
  /** Without ids: all episodes that match the filter. */
  readonly exportFile: (ids: readonly EpisodeId[] | null, version: string) => Promise<void>;
  readonly importFile: (file: File) => Promise<void>;
  readonly cancelTransfer: () => void;
}

const sessions = new WeakMap<Platform, LibrarySession>();

export function librarySession(platform: Platform): LibrarySession {
  const session = sessions.get(platform) ?? createLibrarySession(platform);
  sessions.set(platform, session);
  return session;
}

export function createLibrarySession({ client, saveFile }: Platform): LibrarySession {
  const store = createStore<LibraryModel>(() => ({
    filter: NO_FILTER,
    sort: 'stored',
    descending: true,
    rows: null,
    next: null,
    matching: 0,
    facets: null,
    loading: null,
    problem: null,
    selected: new Set(),
    active: null,
    deleted: [],
    notice: null,
    transfer: null,
  }));
  /** Ids of all rows. */
  let known = new Set<EpisodeId>();
  /** Ends with the question that takes the place of the one it is asked with. */
  let asked = new AbortController();
  let pause: ReturnType<typeof setTimeout> | undefined;
  let transfer = new AbortController();

  const query = (after: LibraryCursor | null, limit: number) => {
    const { filter, sort, descending } = store.getState();
    return { filter, sort, descending, after, limit };
  };

  /** Drops the question under way, whose answer nobody wants any more. */
  const ask = (loading: 'first' | 'more'): AbortSignal => {
    asked.abort();
    asked = new AbortController();
    store.setState({ loading });
    return asked.signal;
  };

  /** Reads the list from its beginning, at least as many rows as there are to be. */
  const load = async (rows = PAGE): Promise<void> => {
    clearTimeout(pause);
    const signal = ask('first');
    try {
      let page = await client.replays.list(query(null, Math.min(rows, MOST_ROWS)), { signal });
      const { matching } = page;
      const episodes = [...page.episodes];
      while (page.next !== null && episodes.length < rows) {
        page = await client.replays.list(query(page.next, MOST_ROWS), { signal });
        episodes.push(...page.episodes);
      }
      if (signal.aborted) return;
      known = new Set(episodes.map(({ id }) => id));
      store.setState({ rows: episodes, next: page.next, matching: matching ?? 0, loading: null });
    } catch (error) {
      if (!signal.aborted) store.setState({ loading: null, problem: describeError(error) });
    }
  };

  /** What can be chosen changes with the episodes, not with the filters. The place in the list is kept. */
  const refresh = async (): Promise<void> => {
    const facets = client.replays.facets().then(
      (found) => store.setState({ facets: found }),
      () => undefined,
    );
    await load(Math.max(PAGE, store.getState().rows?.length ?? 0));
    await facets;
  };

  const loadMore = async (): Promise<void> => {
    const { next, loading } = store.getState();
    if (next === null || loading !== null) return;
    const signal = ask('more');
    try {
      const page = await client.replays.list(query(next, NEXT_PAGE), { signal });
      if (signal.aborted) return;
      // An episode that was pinned meanwhile may come a second time.
      const fresh = page.episodes.filter(({ id }) => !known.has(id));
      for (const { id } of fresh) known.add(id);
      store.setState(({ rows }) => ({ rows: [...(rows ?? []), ...fresh], next: page.next, loading: null }));
    } catch (error) {
      if (!signal.aborted) store.setState({ loading: null, problem: describeError(error) });
    }
  };

  const act = async (ids: readonly EpisodeId[], call: (batch: EpisodeId[]) => Promise<void>, notice: string | null): Promise<boolean> => {
    try {
      for (let at = 0; at < ids.length; at += BATCH) await call(ids.slice(at, at + BATCH));
      store.setState({ problem: null, notice });
      return true;
    } catch (error) {
      store.setState({ problem: describeError(error) });
      return false;
    } finally {
      await refresh();
    }
  };

  const allMatching = async (): Promise<readonly EpisodeId[]> => {
    const ids: EpisodeId[] = [];
    for (let after: LibraryCursor | null = null, first = true; first || after !== null; first = false) {
      const page = await client.replays.list(query(after, MOST_ROWS));
      ids.push(...page.episodes.map(({ id }) => id));
      after = page.next;
    }
    return ids;
  };

  const carry = async (kind: 'export' | 'import', work: (signal: AbortSignal) => Promise<string>): Promise<void> => {
    transfer = new AbortController();
    const { signal } = transfer;
    store.setState({ transfer: { kind, done: 0, total: 0 }, problem: null, notice: null });
    try {
      const notice = await work(signal);
      store.setState({ notice });
    } catch (error) {
      store.setState(signal.aborted ? { notice: `The ${kind} was cancelled; nothing has changed.` } : { problem: describeError(error) });
    } finally {
      store.setState({ transfer: null });
    }
  };
  const onProgress =
    (kind: 'export' | 'import') =>
    (done: number, total: number): void =>
      store.setState({ transfer: { kind, done, total } });

  return {
    store,
    change: (part) => {
      const typing = part.filter !== undefined && part.filter.search !== store.getState().filter.search;
      store.setState({ ...part, selected: new Set(), problem: null });
      clearTimeout(pause);
      if (typing) pause = setTimeout(() => void load(), SEARCH_PAUSE_MS);
      else void load();
    },
    refresh,
    loadMore,
    pin: async (ids, pinned) => void (await act(ids, (batch) => client.replays.pin({ ids: batch, pinned }), null)),
    addTag: async (ids, tag) => void (await act(ids, (batch) => client.replays.addTag({ ids: batch, tag }), null)),
    removeTag: async (ids, tag) => void (await act(ids, (batch) => client.replays.removeTag({ ids: batch, tag }), null)),
    remove: async (ids) => {
      const done = await act(ids, (batch) => client.replays.delete({ ids: batch }), `${plural(ids.length, 'episode')} deleted.`);
      if (done) store.setState({ deleted: ids, selected: new Set() });
    },
    restore: async (ids) => {
      const done = await act(ids, (batch) => client.replays.restore({ ids: batch }), `${plural(ids.length, 'episode')} restored.`);
      if (done) store.setState({ deleted: [], selected: new Set() });
    },
    exportFile: (ids, version) =>
      carry('export', async (signal) => {
        const wanted = ids ?? (await allMatching());
        const file = await exportEpisodes(client, wanted, version, onProgress('export'), signal);
        const name = episodeFileName(wanted.length, new Date());
        saveFile(name, file);
        return `${plural(wanted.length, 'episode')} exported to ${name}.`;
      }),
    importFile: (file) =>
      carry('import', async (signal) => {
        const { imported, known, conflicts } = await importEpisodes(client, file, onProgress('import'), signal);
        await refresh();
        return [
          `${plural(imported, 'episode')} imported.`,
          known === 0 ? '' : `${plural(known, 'was', 'were')} here already.`,
          conflicts.length === 0
            ? ''
            : `${plural(conflicts.length, 'id')} named other episodes here, which were kept: ${conflicts.join(', ')}.`,
        ]
          .join(' ')
          .trim();
      }),
    cancelTransfer: () => transfer.abort(),
  };
}
