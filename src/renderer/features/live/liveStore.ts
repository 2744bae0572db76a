import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EpisodeId } from '../../../contract/ids.ts';
import type { Lane, LaneStep } from '../../../contract/live.ts';
import type { Problem } from '../../platform/describeError.ts';
import type { RowFilter } from './decisionRow.ts';
import type { LiveView } from './liveView.ts';

export type LiveCommand = 'start' | 'next' | 'pause' | 'stop' | 'configure' | 'setSpeed';

/** A row picked in the table; the number finds it without a search. */
export interface RowSelection {
  readonly key: string;
  readonly number: number;
}

/** Steps of an episode fetched from the store, for rows whose details have left memory. */
export type FetchedEpisode =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly steps: readonly LaneStep[] }
  | { readonly state: 'failed'; readonly problem: Problem };

export interface LiveModel {
  /** Null until the first snapshot. */
  readonly view: LiveView | null;
  /** Why no view can be drawn. */
  readonly loadProblem: Problem | null;
  /** Null while the panels follow the live tail. */
  readonly selection: RowSelection | null;
  readonly filter: RowFilter;
  readonly search: string;
  /** Whose message the message panel shows when the lanes saw different ones. */
  readonly messageLane: Lane;
  /** The command that is on its way. */
  readonly pending: LiveCommand | null;
  /** What the last command failed with. */
  readonly commandProblem: Problem | null;
  readonly fetched: ReadonlyMap<EpisodeId, FetchedEpisode>;
}

export type LiveStore = StoreApi<LiveModel>;

export function createLiveStore(): LiveStore {
  return createStore<LiveModel>(() => ({
    view: null,
    loadProblem: null,
    selection: null,
    filter: 'all',
    search: '',
    messageLane: 'trained',
    pending: null,
    commandProblem: null,
    fetched: new Map(),
  }));
}
