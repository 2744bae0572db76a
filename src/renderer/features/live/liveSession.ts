import type { EpisodeId } from '../../../contract/ids.ts';
import type { LiveBatch, LiveScope } from '../../../contract/live.ts';
import { ConnectionLostError } from '../../platform/connection.ts';
import { describeError } from '../../platform/describeError.ts';
import type { Platform } from '../../platform/platform.ts';
import { applyBatches, mergeSnapshot, viewFromSnapshot } from './liveView.ts';
import type { FetchedEpisode, LiveCommand, LiveStore } from './liveStore.ts';

/** Models are loaded within start and next, which may take a while for large files. */
const LOADING_TIMEOUT_MS = 120_000;
/** Pause before the event stream is asked for again when it ended although the line is up. */
const STREAM_RETRY_MS = 500;
/** Shortest time between two redraws: a single event shows at once, a flood is drawn at a pace that eyes can follow. */
const FOLD_MS = 100;
/** Episodes fetched from the store that are kept at hand. */
const FETCHED_LIMIT = 8;

/** Follows the comparison and sends its commands. One for the life of the page. */
export interface LiveSession {
  readonly start: () => Promise<void>;
  readonly next: () => Promise<void>;
  readonly pause: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly configure: (scope: LiveScope) => Promise<void>;
  readonly setSpeed: (speed: LiveScope['speed']) => Promise<void>;
  /** Loads the steps of an episode whose details have left memory. */
  readonly fetchEpisode: (id: EpisodeId) => Promise<void>;
}

/**
 * Collects batches and folds them at most every `FOLD_MS`, in an animation frame.
 * A hidden page gets no frames, so it folds by timer alone.
 */
function createFolder(store: LiveStore): (batch: LiveBatch) => void {
  let waiting: LiveBatch[] = [];
  let scheduled = false;
  let foldedAt = 0;
  const fold = (): void => {
    scheduled = false;
    foldedAt = performance.now();
    const batches = waiting;
    waiting = [];
    store.setState(({ view }) => (view === null ? {} : { view: applyBatches(view, batches) }));
  };
  return (batch) => {
    waiting.push(batch);
    if (scheduled) return;
    scheduled = true;
    setTimeout(
      () => {
        if (document.hidden) fold();
        else requestAnimationFrame(fold);
      },
      Math.max(0, foldedAt + FOLD_MS - performance.now()),
    );
  };
}

export function createLiveSession({ client, connection }: Platform, store: LiveStore): LiveSession {
  const receive = createFolder(store);

  const untilOpen = (): Promise<void> =>
    new Promise((resolve) => {
      const unsubscribe = connection.subscribe(check);
      function check(): void {
        if (connection.getState().status !== 'open') return;
        unsubscribe();
        resolve();
      }
      check();
    });

  const follow = async (): Promise<void> => {
    const snapshot = await client.live.snapshot();
    store.setState(({ view }) => ({
      view: view === null ? viewFromSnapshot(snapshot) : mergeSnapshot(view, snapshot),
      loadProblem: null,
      fetched: new Map(),
    }));
    for await (const batch of await client.live.events({ since: snapshot.seq })) receive(batch);
  };

  const run = async (): Promise<never> => {
    for (;;) {
      await untilOpen();
      try {
        await follow();
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) store.setState({ loadProblem: describeError(error) });
      }
      await new Promise((resolve) => setTimeout(resolve, STREAM_RETRY_MS));
    }
  };
  void run();

  const send = async (command: LiveCommand, call: () => Promise<void>): Promise<void> => {
    store.setState({ pending: command, commandProblem: null });
    try {
      await call();
    } catch (error) {
      store.setState({ commandProblem: describeError(error) });
    } finally {
      store.setState(({ pending }) => (pending === command ? { pending: null } : {}));
    }
  };

  const slow = { context: { timeoutMs: LOADING_TIMEOUT_MS } };
  const toTail = (): void => store.setState({ selection: null });

  return {
    start: () => {
      toTail();
      return send('start', () => client.live.start(undefined, slow));
    },
    next: () => {
      toTail();
      return send('next', () => client.live.next(undefined, slow));
    },
    pause: () => send('pause', () => client.live.pause()),
    stop: () => send('stop', () => client.live.stop()),
    configure: (scope) =>
      send('configure', async () => {
        const snapshot = await client.live.configure(scope);
        store.setState(({ view }) => ({ view: view === null ? viewFromSnapshot(snapshot) : { ...view, scope: snapshot.scope } }));
      }),
    setSpeed: (speed) =>
      send('setSpeed', async () => {
        await client.live.setSpeed({ speed });
        store.setState(({ view }) => (view === null ? {} : { view: { ...view, scope: { ...view.scope, speed } } }));
      }),
    fetchEpisode: async (id) => {
      const set = (entry: FetchedEpisode): void => store.setState(({ fetched }) => ({ fetched: remember(fetched, id, entry) }));
      if (store.getState().fetched.has(id)) return;
      set({ state: 'loading' });
      try {
        set({ state: 'ready', steps: await client.episodes.steps({ id }) });
      } catch (error) {
        set({ state: 'failed', problem: describeError(error) });
      }
    },
  };
}

/** Puts an entry last and lets the oldest go. */
function remember<K, V>(entries: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  const next = new Map(entries);
  next.delete(key);
  next.set(key, value);
  const oldest = next.keys().next();
  if (next.size > FETCHED_LIMIT && oldest.done !== true) next.delete(oldest.value);
  return next;
}
