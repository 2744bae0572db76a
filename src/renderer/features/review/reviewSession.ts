import { ORPCError } from '@orpc/client';
import type {
  AnalystProfile,
  LabelDraft,
  LabelInput,
  ReviewFilter,
  ReviewItemId,
  ReviewLease,
  ReviewSort,
  SkipReason,
} from '../../../contract/review.ts';
import { plural } from '../../lib/format.ts';
import { describeError } from '../../platform/describeError.ts';
import type { Platform } from '../../platform/platform.ts';
import { EMPTY_DRAFT, keepChoices, readChoices, type Queue, type ReviewStoreApi } from './reviewStore.ts';

/** Typing is saved when it rests; everything else at once. */
const TYPING_MS = 250;
/** A search waits until the typing pauses. */
const SEARCH_MS = 120;
/** What is shown stays for this long while the next is on its way. */
const SLOW_MS = 200;
const HEARTBEAT_MS = 20_000;
const OVERVIEW_MS = 4_000;
const PAGE = 100;
/** Most rows of one answer. */
const MOST_ROWS = 1_000;

/** Talks to the queue for one page. */
export interface ReviewSession {
  /** Starts polling; the returned function ends it and gives the reservation back. */
  readonly start: () => () => void;
  readonly chooseAnalyst: (profile: AnalystProfile) => void;
  readonly createAnalyst: (name: string) => Promise<boolean>;
  readonly leaveAnalyst: () => void;
  readonly setFilter: (filter: ReviewFilter, sort?: ReviewSort) => void;
  readonly reload: () => Promise<void>;
  readonly loadMore: () => Promise<void>;
  readonly open: (id: ReviewItemId | null) => Promise<void>;
  readonly setDraft: (change: Partial<LabelDraft>) => void;
  readonly submit: () => Promise<void>;
  readonly next: () => Promise<void>;
  readonly skip: (reason: SkipReason) => Promise<void>;
  readonly discard: (reason: SkipReason) => Promise<void>;
  readonly flag: () => Promise<void>;
  readonly undo: () => Promise<void>;
  readonly setGold: (gold: boolean) => Promise<void>;
  readonly acceptIdentical: () => Promise<void>;
  readonly extend: () => Promise<void>;
  readonly saveView: (name: string) => Promise<void>;
  readonly deleteView: (name: string) => Promise<void>;
}

/** @param goTo shows an item, or none; the address decides which one is open */
export function createReviewSession(
  { client, connection }: Platform,
  store: ReviewStoreApi,
  goTo: (id: ReviewItemId | null) => void,
): ReviewSession {
  const { getState, setState } = store;
  const api = client.review;
  let saveTimer: ReturnType<typeof setTimeout> | undefined;
  let searchTimer: ReturnType<typeof setTimeout> | undefined;
  let saved: Promise<void> = Promise.resolve();
  let asked = new AbortController();
  /** The queue, or its next page, is on its way. */
  let asking = false;
  let running = false;
  /** The item that `next` reserved last: it may be left before it was ever read. */
  let granted: ReviewItemId | null = null;

  const me = () => getState().analyst?.id ?? null;
  const say = (said: string): void => setState({ said, problem: null });

  /** Runs a command; what it fails with is shown, and the form is free again. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    setState({ busy: true });
    try {
      return await work();
    } catch (error) {
      setState({ problem: describeError(error) });
      return null;
    } finally {
      setState({ busy: false });
    }
  };

  const holdUntil = ({ expiresAt, now }: ReviewLease): void => setState({ hold: { state: 'held', until: Date.now() + expiresAt - now } });

  const refresh = async (): Promise<void> => {
    const analyst = me();
    if (analyst === null) return;
    const before = getState().overview?.revision;
    try {
      const overview = await api.overview({ analyst });
      if (me() !== analyst) return;
      setState({ overview });
      if (before !== undefined && before !== overview.revision) await readQueue('again');
    } catch {
      // The status bar tells of a lost line; a single missed beat is nothing to report.
    }
  };

  /** Drops the question to the queue that is under way, whose answer nobody wants any more. */
  const ask = (): AbortSignal => {
    asked.abort();
    asked = new AbortController();
    asking = true;
    return asked.signal;
  };

  /** `again` keeps what is shown until the new rows are there, as many as before. */
  const readQueue = async (how: 'fresh' | 'again'): Promise<void> => {
    const analyst = me();
    if (analyst === null) return;
    const signal = ask();
    const { filter, sort, queue } = getState();
    const slow = setTimeout(() => {
      if (how === 'fresh' && !signal.aborted) setState({ queue: { state: 'loading' } });
    }, SLOW_MS);
    const wanted = how === 'again' && queue.state === 'ready' ? Math.max(PAGE, queue.value.rows.length) : PAGE;
    try {
      const limit = Math.min(wanted, MOST_ROWS);
      let value: Queue = { rows: [], total: 0, next: null };
      do {
        const page = await api.queue({ analyst, filter, sort, limit, ...(value.next === null ? {} : { after: value.next }) }, { signal });
        value = { ...page, rows: [...value.rows, ...page.rows] };
      } while (value.next !== null && value.rows.length < wanted);
      if (signal.aborted) return;
      asking = false;
      setState({ queue: { state: 'ready', value } });
    } catch (error) {
      if (signal.aborted) return;
      asking = false;
      setState({ queue: { state: 'failed', problem: describeError(error) } });
    } finally {
      clearTimeout(slow);
    }
  };

  const loadMore = async (): Promise<void> => {
    const analyst = me();
    const { queue, filter, sort } = getState();
    if (analyst === null || queue.state !== 'ready' || queue.value.next === null || asking) return;
    const { next: after } = queue.value;
    const signal = ask();
    try {
      const page = await api.queue({ analyst, filter, sort, limit: PAGE, after }, { signal });
      if (signal.aborted) return;
      asking = false;
      setState({ queue: { state: 'ready', value: { ...page, rows: [...queue.value.rows, ...page.rows] } } });
    } catch (error) {
      if (signal.aborted) return;
      asking = false;
      setState({ problem: describeError(error) });
    }
  };

  const chooseAnalyst = (profile: AnalystProfile): void => {
    const { filter, sort } = getState();
    keepChoices({ analyst: profile.id, filter, sort });
    setState({ analyst: profile, overview: null, views: [], problem: null });
    void refresh();
    void readQueue('fresh');
    void api.views({ analyst: profile.id }).then(
      (views) => setState({ views }),
      () => undefined,
    );
    const { selected } = getState();
    if (selected !== null) void read(selected, true);
  };

  const readProfiles = async (): Promise<void> => {
    try {
      const [profiles, guidelines] = await Promise.all([api.profiles(), api.guidelines()]);
      setState({ profiles: { state: 'ready', value: profiles }, guidelines });
      const known = profiles.find(({ id }) => id === readChoices().analyst);
      if (known !== undefined && me() === null) chooseAnalyst(known);
    } catch (error) {
      setState({ profiles: { state: 'failed', problem: describeError(error) } });
    }
  };

  /** Reads the open item; with `reserve` it is taken if it may be decided. */
  const read = async (id: ReviewItemId, reserve: boolean): Promise<void> => {
    const analyst = me();
    if (analyst === null) return;
    try {
      const item = await api.item({ itemId: id, analyst });
      if (getState().selected !== id) return;
      setState({
        item: { state: 'ready', value: item },
        ...(reserve ? { draft: item.draft ?? EMPTY_DRAFT, saving: 'saved' as const } : {}),
      });
      if (reserve && item.may !== 'read') await take(id);
    } catch (error) {
      if (getState().selected === id) setState({ item: { state: 'failed', problem: describeError(error) } });
    }
  };

  const take = async (id: ReviewItemId): Promise<void> => {
    const analyst = me();
    if (analyst === null) return;
    try {
      const lease = await api.reserve({ itemId: id, analyst });
      if (getState().selected === id) holdUntil(lease);
      else release(id, analyst);
    } catch (error) {
      if (getState().selected === id) setState({ hold: { state: 'lost', reason: describeError(error).message } });
    }
  };

  const release = (itemId: ReviewItemId, analyst: AnalystProfile['id']): void =>
    void api.release({ itemId, analyst }).catch(() => undefined);

  /** Gives back what is reserved, but not the item that is opened now. */
  const letGo = (opening: ReviewItemId | null): void => {
    const { selected, hold } = getState();
    const analyst = me();
    if (analyst === null) return;
    const left = new Set<ReviewItemId>();
    if (selected !== null && hold.state === 'held') left.add(selected);
    if (granted !== null && granted !== opening) {
      left.add(granted);
      granted = null;
    }
    for (const itemId of left) release(itemId, analyst);
  };

  /** False once the analyst went to another item or page; what is answered after that must not move them. */
  const isStillAt = (id: ReviewItemId | null): boolean => running && getState().selected === id;

  const open = async (id: ReviewItemId | null): Promise<void> => {
    if (id === getState().selected) return;
    await flush();
    letGo(id);
    setState({ selected: id, item: id === null ? null : { state: 'loading' }, draft: EMPTY_DRAFT, hold: { state: 'none' }, problem: null });
    if (id !== null) await read(id, true);
  };

  /** Saves run one after the other, so that the newest draft is stored last. */
  const save = (): void => {
    clearTimeout(saveTimer);
    saveTimer = undefined;
    const { selected, draft, item } = getState();
    const analyst = me();
    if (selected === null || analyst === null || item?.state !== 'ready' || item.value.may === 'read') return;
    setState({ saving: 'saving' });
    saved = saved.then(async () => {
      try {
        const { lease, revealed } = await api.saveDraft({ itemId: selected, analyst, draft });
        if (getState().selected !== selected) return;
        holdUntil(lease);
        setState({ saving: 'saved' });
        if (revealed) await read(selected, false);
      } catch (error) {
        if (getState().selected !== selected) return;
        setState({ saving: 'failed', problem: describeError(error) });
        if (error instanceof ORPCError && error.code === 'INVALID_STATE') await read(selected, false);
      }
    });
  };

  const flush = async (): Promise<void> => {
    if (saveTimer !== undefined) save();
    await saved;
  };

  const setDraft = (change: Partial<LabelDraft>): void => {
    const { item } = getState();
    if (item?.state !== 'ready' || item.value.may === 'read') return;
    setState(({ draft }) => ({ draft: { ...draft, ...change } }));
    clearTimeout(saveTimer);
    if ('note' in change) {
      setState({ saving: 'saving' });
      saveTimer = setTimeout(save, TYPING_MS);
    } else save();
  };

  /** The open item with its analyst, when there is one to act on. */
  const current = () => {
    const { selected, item } = getState();
    const analyst = me();
    return selected === null || analyst === null || item?.state !== 'ready' ? null : { itemId: selected, analyst, item: item.value };
  };

  const submit = async (): Promise<void> => {
    const at = current();
    if (at === null || at.item.may === 'read' || getState().busy) return;
    const { action, ...rest } = getState().draft;
    if (action === null) {
      setState({ problem: { message: 'Choose an action first.', advice: 'Each has its own key.' } });
      return;
    }
    await flush();
    const label: LabelInput = { action, ...rest };
    const done = await attempt(() =>
      (at.item.may === 'adjudicate' ? api.adjudicate : api.submit)({ itemId: at.itemId, analyst: at.analyst, label }),
    );
    if (done === null) return;
    if (isStillAt(at.itemId)) setState({ hold: { state: 'none' } });
    say(
      at.item.may === 'adjudicate'
        ? 'Adjudicated.'
        : done.row.state === 'conflict'
          ? 'Submitted. The labels differ: the item waits for adjudication.'
          : 'Submitted.',
    );
    await next(at.itemId);
    void refresh();
  };

  const next = async (from = getState().selected): Promise<void> => {
    const analyst = me();
    if (analyst === null || !isStillAt(from)) return;
    const { filter, sort } = getState();
    const task = await attempt(() => api.next({ analyst, filter, sort }));
    if (task === null) {
      if (getState().problem === null) {
        setState(({ said }) => ({ said: `${said} Nothing is left that this filter lets you decide.`.trim() }));
        if (!isStillAt(from)) return;
        // The item just decided stays in view, but is not taken again: another may be waiting to adjudicate it.
        setState({ draft: EMPTY_DRAFT, hold: { state: 'none' } });
        if (from !== null) await read(from, false);
      }
      return;
    }
    if (!isStillAt(from) || me() !== analyst) {
      release(task.itemId, analyst);
      return;
    }
    granted = task.itemId;
    if (task.itemId === from) await read(task.itemId, true);
    else goTo(task.itemId);
  };

  const leaveItem = async (
    work: (at: { itemId: ReviewItemId; analyst: NonNullable<ReturnType<typeof me>> }) => Promise<void>,
    said: string,
  ): Promise<void> => {
    const at = current();
    if (at === null || getState().busy) return;
    await flush();
    const done = await attempt(async () => {
      await work(at);
      return true;
    });
    if (done === null) return;
    if (isStillAt(at.itemId)) setState({ hold: { state: 'none' } });
    say(said);
    await next(at.itemId);
    void refresh();
  };

  const stay = async (work: (at: NonNullable<ReturnType<typeof current>>) => Promise<string>): Promise<void> => {
    const at = current();
    if (at === null || getState().busy) return;
    const said = await attempt(() => work(at));
    if (said === null) return;
    say(said);
    await read(at.itemId, false);
    void refresh();
  };

  const undo = async (): Promise<void> => {
    const analyst = me();
    if (analyst === null || getState().busy) return;
    await flush();
    const undone = await attempt(() => api.undo({ analyst }));
    if (undone === null) {
      if (getState().problem === null) say('Nothing is left to take back.');
      return;
    }
    say(`Taken back: ${undone.what.replaceAll('_', ' ')}.`);
    if (undone.itemId === getState().selected) await read(undone.itemId, true);
    else goTo(undone.itemId);
    void refresh();
  };

  const beat = async (): Promise<void> => {
    const { selected, hold } = getState();
    const analyst = me();
    if (selected === null || analyst === null || hold.state !== 'held') return;
    try {
      const lease = await api.heartbeat({ itemId: selected, analyst });
      if (getState().selected !== selected) return;
      if (lease === null) await take(selected);
      else holdUntil(lease);
    } catch {
      // The next beat tells; the status bar shows a lost line.
    }
  };

  return {
    start: () => {
      running = true;
      const onConnection = (): void => {
        if (connection.getState().status !== 'open') return;
        if (getState().profiles.state !== 'ready') void readProfiles();
        void refresh();
      };
      const unsubscribe = connection.subscribe(onConnection);
      void readProfiles();
      const timers = [setInterval(() => void refresh(), OVERVIEW_MS), setInterval(() => void beat(), HEARTBEAT_MS)];
      return () => {
        unsubscribe();
        timers.forEach(clearInterval);
        if (saveTimer !== undefined) save();
        letGo(null);
        running = false;
        setState({ selected: null, item: null, hold: { state: 'none' } });
      };
    },
    chooseAnalyst,
    createAnalyst: async (name) => {
      const profile = await attempt(() => api.createProfile({ name }));
      if (profile === null) return false;
      setState(({ profiles }) => ({
        profiles: { state: 'ready', value: [...(profiles.state === 'ready' ? profiles.value : []), profile] },
      }));
      chooseAnalyst(profile);
      return true;
    },
    leaveAnalyst: () => {
      letGo(null);
      const { filter, sort } = getState();
      keepChoices({ analyst: null, filter, sort });
      setState({ analyst: null, overview: null, item: null, hold: { state: 'none' }, said: '', problem: null });
    },
    setFilter: (filter, sort = getState().sort) => {
      const typing = filter.text !== getState().filter.text;
      setState({ filter, sort });
      keepChoices({ analyst: me(), filter, sort });
      clearTimeout(searchTimer);
      if (typing) searchTimer = setTimeout(() => void readQueue('fresh'), SEARCH_MS);
      else void readQueue('fresh');
    },
    reload: () => readQueue('fresh'),
    loadMore,
    open,
    setDraft,
    submit,
    next: () => next(),
    skip: (reason) => leaveItem((at) => api.skip({ ...only(at), reason }), 'Skipped.'),
    discard: (reason) => leaveItem((at) => api.discard({ ...only(at), reason }), 'Discarded.'),
    flag: () =>
      stay(async (at) => {
        await api.flag({ ...only(at), note: getState().draft.note });
        return 'Flagged: a second analyst will see it.';
      }),
    undo,
    setGold: (gold) =>
      stay(async (at) => {
        await api.setGold({ ...only(at), gold });
        return gold ? 'Gold item: others are tested on it.' : 'No longer a gold item.';
      }),
    acceptIdentical: () =>
      stay(async (at) => {
        const rows = await api.identical(only(at));
        const { accepted } = await api.bulkAccept({ ...only(at), items: rows.map(({ id }) => id) });
        return `${plural(accepted, 'item')} with the same evidence labelled alike; one undo takes all of it back.`;
      }),
    extend: async () => {
      const { selected } = getState();
      if (selected !== null) await take(selected);
    },
    saveView: async (name) => {
      const analyst = me();
      const { filter, sort } = getState();
      if (analyst === null) return;
      await attempt(() => api.saveView({ analyst, name, filter, sort }));
      setState({ views: await api.views({ analyst }).catch(() => getState().views) });
    },
    deleteView: async (name) => {
      const analyst = me();
      if (analyst === null) return;
      await attempt(() => api.deleteView({ analyst, name }));
      setState({ views: await api.views({ analyst }).catch(() => getState().views) });
    },
  };
}

function only<A, I>({ itemId, analyst }: { readonly itemId: I; readonly analyst: A }): { readonly itemId: I; readonly analyst: A } {
  return { itemId, analyst };
}
