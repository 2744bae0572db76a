import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { analystIdSchema, reviewItemIdSchema, type ReviewFilter, type ReviewItemId } from '../../../contract/review.ts';
import type { BackendClient, Platform } from '../../platform/platform.ts';
import { createReviewSession } from './reviewSession.ts';
import { createReviewStore } from './reviewStore.ts';

const ADA = { id: analystIdSchema.parse('an-0000000000000001'), name: 'Ada', createdAt: '2026-01-01T00:00:00.000Z' };
const [FIRST, SECOND, THIRD] = ['1', '2', '3'].map((digit) => reviewItemIdSchema.parse(`rv-000000000000000${digit}`)) as [
  ReviewItemId,
  ReviewItemId,
  ReviewItemId,
];

/** The wire to a queue of which every item may be labelled: reservations are kept, and a test holds answers back. */
function fakeQueue() {
  const held = new Set<ReviewItemId>();
  const gates = new Map<string, Promise<void>>();
  const nextItems: ReviewItemId[] = [];
  const asked: { readonly text: string | undefined; readonly signal: AbortSignal }[] = [];
  const lease = { expiresAt: 900_000, now: 0 };
  const reserved = (itemId: ReviewItemId): void => void held.add(itemId);
  const review = {
    profiles: () => Promise.resolve([ADA]),
    guidelines: () => Promise.resolve(null),
    overview: () => Promise.resolve({ revision: 1 }),
    queue: async ({ filter }: { filter: ReviewFilter }, { signal }: { signal: AbortSignal }) => {
      asked.push({ text: filter.text, signal });
      await gates.get('queue');
      return { rows: [{ id: FIRST, server: filter.text ?? '' }], total: 1, next: null };
    },
    views: () => Promise.resolve([]),
    item: async ({ itemId }: { itemId: ReviewItemId }) => {
      await gates.get('item');
      return { row: { id: itemId, state: 'pending' }, may: 'label', draft: null };
    },
    reserve: ({ itemId }: { itemId: ReviewItemId }) => {
      reserved(itemId);
      return Promise.resolve(lease);
    },
    release: ({ itemId }: { itemId: ReviewItemId }) => {
      held.delete(itemId);
      return Promise.resolve();
    },
    next: async () => {
      const itemId = nextItems.shift();
      if (itemId !== undefined) reserved(itemId);
      await gates.get('next');
      return itemId === undefined ? null : { itemId };
    },
    saveDraft: ({ itemId }: { itemId: ReviewItemId }) => {
      reserved(itemId);
      return Promise.resolve({ lease, revealed: false });
    },
    submit: async ({ itemId }: { itemId: ReviewItemId }) => {
      held.delete(itemId);
      await gates.get('submit');
      return { row: { state: 'submitted' } };
    },
  };
  const platform: Platform = {
    client: { review } as unknown as BackendClient,
    connection: {
      getState: () => ({ status: 'open' }),
      subscribe: () => () => undefined,
      retryNow: () => undefined,
      reset: () => undefined,
    },
    copyText: () => Promise.resolve(),
    saveFile: () => undefined,
  };
  /** Answers of one procedure wait until the returned function is called. */
  const holdBack = (procedure: 'item' | 'next' | 'submit' | 'queue'): (() => void) => {
    const gate = Promise.withResolvers<void>();
    gates.set(procedure, gate.promise);
    return () => {
      gates.delete(procedure);
      gate.resolve();
    };
  };
  return { platform, held, nextItems, asked, holdBack };
}

const settle = () => vi.advanceTimersByTimeAsync(50);

async function startSession() {
  const queue = fakeQueue();
  const store = createReviewStore();
  const places: (ReviewItemId | null)[] = [];
  const session = createReviewSession(queue.platform, store, (id) => {
    places.push(id);
    void session.open(id);
  });
  const stop = session.start();
  session.chooseAnalyst(ADA);
  await session.open(FIRST);
  expect([...queue.held]).toEqual([FIRST]);
  return { ...queue, store, session, places, stop };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('createReviewSession', () => {
  it('submits, takes the next item and holds no other', async () => {
    const { held, nextItems, session, store, places } = await startSession();
    nextItems.push(SECOND);
    session.setDraft({ action: 'BLOCK' });
    await session.submit();
    await settle();
    expect(places).toEqual([SECOND]);
    expect([...held]).toEqual([SECOND]);
    expect(store.getState()).toMatchObject({ selected: SECOND, hold: { state: 'held' }, said: 'Submitted.' });
  });

  it('gives the next item back when it is left before it was read', async () => {
    const { held, nextItems, holdBack, session } = await startSession();
    nextItems.push(SECOND);
    const answer = holdBack('item');
    void session.next();
    await settle();
    void session.open(THIRD);
    await settle();
    answer();
    await settle();
    expect([...held]).toEqual([THIRD]);
  });

  it('stays where the analyst went while the next item was on its way, and gives it back', async () => {
    const { held, nextItems, holdBack, session, store, places } = await startSession();
    nextItems.push(SECOND);
    const answer = holdBack('next');
    void session.next();
    await settle();
    await session.open(THIRD);
    answer();
    await settle();
    expect(places).toEqual([]);
    expect([...held]).toEqual([THIRD]);
    expect(store.getState()).toMatchObject({ selected: THIRD, hold: { state: 'held' } });
  });

  it('keeps the reservation of an item that was opened while another was submitted', async () => {
    const { held, nextItems, holdBack, session, store } = await startSession();
    nextItems.push(SECOND);
    session.setDraft({ action: 'BLOCK' });
    const answer = holdBack('submit');
    void session.submit();
    await settle();
    await session.open(THIRD);
    answer();
    await settle();
    expect([...held]).toEqual([THIRD]);
    expect(store.getState()).toMatchObject({ selected: THIRD, hold: { state: 'held' }, said: 'Submitted.' });
  });

  it('asks for what was typed once it rests, drops the question before it, and shows the rows until then', async () => {
    const { asked, holdBack, session, store } = await startSession();
    await settle();
    asked.length = 0;
    const answer = holdBack('queue');
    for (const text of ['f', 'fi', 'file']) session.setFilter({ text });
    await vi.advanceTimersByTimeAsync(150);
    expect(asked.map(({ text }) => text)).toEqual(['file']);
    session.setFilter({ text: 'files' });
    await vi.advanceTimersByTimeAsync(150);
    expect(asked.map(({ text, signal }) => [text, signal.aborted])).toEqual([
      ['file', true],
      ['files', false],
    ]);
    expect(store.getState().queue).toMatchObject({ state: 'ready', value: { rows: [{ server: '' }] } });
    answer();
    await settle();
    expect(store.getState().queue).toMatchObject({ state: 'ready', value: { rows: [{ server: 'files' }] } });
  });

  it('does not call the analyst back to a page that was left', async () => {
    const { held, nextItems, holdBack, session, places, stop } = await startSession();
    nextItems.push(SECOND);
    const answer = holdBack('next');
    void session.next();
    await settle();
    stop();
    answer();
    await settle();
    expect(places).toEqual([]);
    expect([...held]).toEqual([]);
  });
});
