import { useMemo } from 'react';
import type { Lane, LaneStep, PerLane } from '../../../contract/live.ts';
import type { DecisionRow } from './decisionRow.ts';
import { useLive } from './LiveContext.ts';
import type { FetchedEpisode, RowSelection } from './liveStore.ts';
import { tailRow, type LiveView } from './liveView.ts';

/** Rows are numbered without gaps, so a number finds its row at once. */
export function findRow(rows: readonly DecisionRow[], { key, number }: RowSelection): DecisionRow | null {
  const row = rows[number - (rows[0]?.number ?? 1)];
  return row?.key === key ? row : null;
}

/** The row that the panels show: the selected one, else the live tail. */
export function displayedRow(view: LiveView, selection: RowSelection | null): DecisionRow | null {
  return selection === null ? tailRow(view) : findRow(view.rows, selection);
}

export interface Displayed {
  readonly row: DecisionRow;
  readonly steps: PerLane<LaneStep | null>;
  /** Set while the steps of an old row come from the store, or cannot. */
  readonly fetching: Exclude<FetchedEpisode, { state: 'ready' }> | null;
}

const NO_STEPS: PerLane<LaneStep | null> = { baseline: null, trained: null };

/** The displayed row with its complete steps, from memory or from the store. */
export function useDisplayed(): Displayed | null {
  const row = useLive(({ view, selection }) => (view === null ? null : displayedRow(view, selection)));
  const fetched = useLive((model) => (row === null || row.steps !== null ? null : (model.fetched.get(row.episodeId) ?? null)));
  return useMemo(() => {
    if (row === null) return null;
    if (row.steps !== null) return { row, steps: row.steps, fetching: null };
    if (fetched?.state !== 'ready') return { row, steps: NO_STEPS, fetching: fetched ?? { state: 'loading' } };
    const find = (lane: Lane): LaneStep | null =>
      fetched.steps.find((step) => step.lane === lane && step.position === row.position) ?? null;
    return { row, steps: { baseline: find('baseline'), trained: find('trained') }, fetching: null };
  }, [row, fetched]);
}
