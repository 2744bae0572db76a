import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ReviewWaiting } from '../../contract/review.ts';
import { readChoices } from '../features/review/reviewStore.ts';
import type { Platform } from '../platform/platform.ts';

/** How much waits in the review queue, for every page. */
export interface ReviewQueueStatus {
  /** Null until the first answer, and where there is no queue. */
  readonly waiting: ReviewWaiting | null;
  /** Items that had come in when the queue was last looked at; null before the first answer. */
  readonly seenItems: number | null;
}

export interface ReviewQueue {
  readonly store: StoreApi<ReviewQueueStatus>;
  /** Asks now rather than on the next beat. */
  readonly refresh: () => Promise<void>;
  /** The queue is on the screen: what came in so far is not new any more. */
  readonly look: () => void;
}

const BEAT_MS = 2_000;

/** Items that came in since the queue was last looked at. */
export function newItems({ waiting, seenItems }: ReviewQueueStatus): number {
  return waiting === null || seenItems === null ? 0 : Math.max(0, waiting.items - seenItems);
}

/** Asks for as long as the page lives, for the analyst that this browser remembers. */
export function startReviewQueue({ client, connection }: Pick<Platform, 'client' | 'connection'>): ReviewQueue {
  const store = createStore<ReviewQueueStatus>(() => ({ waiting: null, seenItems: null }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    if (connection.getState().status === 'open') {
      const { analyst } = readChoices();
      try {
        const waiting = await client.review.waiting(analyst === null ? {} : { analyst });
        store.setState(({ seenItems, waiting: before }) => ({
          waiting: before !== null && before.revision === waiting.revision && before.analyst?.id === waiting.analyst?.id ? before : waiting,
          seenItems: Math.min(seenItems ?? waiting.items, waiting.items),
        }));
      } catch {
        // Without a store there is no queue; that, and a lost line, the status bar tells by itself.
        store.setState({ waiting: null });
      }
    }
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), BEAT_MS);
  };
  connection.subscribe(() => {
    if (connection.getState().status === 'open') void refresh();
  });
  void refresh();
  return { store, refresh, look: () => store.setState(({ waiting }) => ({ seenItems: waiting?.items ?? null })) };
}
