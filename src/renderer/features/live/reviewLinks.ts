import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EpisodeId } from '../../../contract/ids.ts';
import type { Lane } from '../../../contract/live.ts';
import type { AnalystId, ReviewItemId, StepLabel } from '../../../contract/review.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import type { BackendClient } from '../../platform/platform.ts';
import type { DecisionRow } from './decisionRow.ts';

/** Which decisions of the episodes on the screen lie in the review queue, and what came of sending one. */
export interface ReviewLinksModel {
  readonly labels: ReadonlyMap<EpisodeId, readonly StepLabel[]>;
  readonly sending: boolean;
  /** The last thing that happened; null when it has been read. */
  readonly sent: Sent | null;
}

export type Sent =
  | { readonly state: 'sent'; readonly itemId: ReviewItemId; readonly created: boolean }
  | { readonly state: 'failed'; readonly problem: Problem };

export interface ReviewLinks {
  readonly store: StoreApi<ReviewLinksModel>;
  /** Reads what lies in the queue of these episodes, and of no others. */
  readonly watch: (episodes: readonly EpisodeId[]) => void;
  /** Reads the watched episodes again. */
  readonly refresh: () => Promise<void>;
  /** Puts the message that a lane saw into the queue. */
  readonly send: (row: DecisionRow, lane: Lane) => Promise<void>;
}

interface ReviewLinksOptions {
  readonly api: Pick<BackendClient['review'], 'labelsOf' | 'send'>;
  /** Who sits here; null while nobody does. */
  readonly analyst: () => AnalystId | null;
  /** Called after the queue was changed from here. */
  readonly onChanged: () => void;
}

export function createReviewLinks({ api, analyst, onChanged }: ReviewLinksOptions): ReviewLinks {
  const store = createStore<ReviewLinksModel>(() => ({ labels: new Map(), sending: false, sent: null }));
  let watched: readonly EpisodeId[] = [];
  let reading = 0;

  const refresh = async (): Promise<void> => {
    const mine = ++reading;
    try {
      const entries = await Promise.all(watched.map(async (episodeId) => [episodeId, await api.labelsOf({ episodeId })] as const));
      if (mine === reading) store.setState({ labels: new Map(entries) });
    } catch {
      // What was known stays on the screen; the status bar tells of a lost line or store.
    }
  };

  return {
    store,
    refresh,
    watch: (episodes) => {
      if (episodes.length === watched.length && episodes.every((id, index) => id === watched[index])) return;
      watched = episodes;
      void refresh();
    },
    send: async ({ episodeId, position }, lane) => {
      if (store.getState().sending) return;
      store.setState({ sending: true, sent: null });
      const by = analyst();
      try {
        const { itemId, created } = await api.send({ episodeId, lane, position, source: 'live', ...(by === null ? {} : { analyst: by }) });
        store.setState({ sent: { state: 'sent', itemId, created } });
        onChanged();
        await refresh();
      } catch (error) {
        store.setState({ sent: { state: 'failed', problem: describeError(error) } });
      } finally {
        store.setState({ sending: false });
      }
    },
  };
}

/** The queue's item for what a lane saw at a row; null when there is none. */
export function labelOf(labels: ReviewLinksModel['labels'], { episodeId, position }: DecisionRow, lane: Lane): StepLabel | null {
  return labels.get(episodeId)?.find((label) => label.position === position && label.lanes.includes(lane)) ?? null;
}

/** The lane whose decision is meant when a row is sent: the one whose message is shown, else the one that decided. */
export function lanePointedAt({ cells }: DecisionRow, messageLane: Lane): Lane {
  if (cells[messageLane] !== null) return messageLane;
  return messageLane === 'baseline' ? 'trained' : 'baseline';
}
