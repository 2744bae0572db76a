import type { AnalystId, AnalystProfile, ReviewWaiting } from '../../contract/review.ts';
import { ReviewError } from './reviewError.ts';
import type { ReviewStore } from './reviewStore.ts';

/**
 * Answers how much waits, for status lines that ask every few seconds: counted again only after something happened.
 *
 * @param store throws ReviewError without a store
 */
export function waitingCounter(store: () => ReviewStore): (analyst: AnalystId | undefined) => ReviewWaiting {
  let last: ReviewWaiting | null = null;
  return (id) => {
    const queue = store();
    const analyst = id === undefined ? null : known(queue, id);
    const revision = queue.audit.head()?.seq ?? 0;
    if (last?.revision === revision && last.analyst?.id === analyst?.id) return last;
    last = { revision, analyst, open: analyst === null ? queue.openItems() : queue.remaining(analyst.id), items: queue.itemCount() };
    return last;
  };
}

/** A profile that a browser remembers may belong to another data folder. */
function known(store: ReviewStore, id: AnalystId): AnalystProfile | null {
  try {
    return store.profile(id);
  } catch (error) {
    if (error instanceof ReviewError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
