import type { Action } from '../../../contract/actions.ts';
import type { Verdict } from '../../../contract/episodes.ts';
import type { EpisodeId } from '../../../contract/ids.ts';
import { LANES, type Lane, type LaneStep, type PerLane } from '../../../contract/live.ts';
import type { MessageKind } from '../../../contract/messages.ts';

/** What the table keeps of one lane's step for as long as its row lives. */
export interface LaneCell {
  readonly action: Action;
  readonly verdict: Verdict;
  readonly reward: number;
  readonly decisionMs: number;
  readonly retry: boolean;
  readonly malicious: boolean;
  readonly vector: string;
}

/** One position of one episode: what both lanes made of it. */
export interface DecisionRow {
  readonly key: string;
  /** Running number within the comparison, from 1; counted from the first row this page received. */
  readonly number: number;
  readonly episodeId: EpisodeId;
  readonly episodeIndex: number;
  readonly position: number;
  readonly kind: MessageKind;
  readonly server: string;
  readonly tool: string | null;
  readonly cells: PerLane<LaneCell | null>;
  /** The complete steps; null once the row is old enough to be fetched from the store instead. */
  readonly steps: PerLane<LaneStep | null> | null;
  /** Lower-case text that the search looks through. */
  readonly searchText: string;
}

const SEARCHED_CHARACTERS = 300;

export function rowKey(episodeId: EpisodeId, position: number): string {
  return `${episodeId}/${position}`;
}

function cellOf(step: LaneStep): LaneCell {
  const { decision, info } = step;
  return {
    action: decision.action,
    verdict: info.verdict,
    reward: info.reward.total,
    decisionMs: decision.decisionMs,
    retry: info.retry,
    malicious: info.truth.malicious,
    vector: info.truth.vector,
  };
}

function searchable(step: LaneStep): string {
  const { kind, context } = step.message;
  const { truth, verdict } = step.info;
  return [
    kind,
    context.server,
    context.tool ?? '',
    truth.vector,
    step.decision.action,
    verdict,
    step.normalizedText.slice(0, SEARCHED_CHARACTERS),
  ]
    .join(' ')
    .toLowerCase();
}

export function createRow(step: LaneStep, number: number, episodeIndex: number): DecisionRow {
  const { kind, context } = step.message;
  return {
    key: rowKey(step.episodeId, step.position),
    number,
    episodeId: step.episodeId,
    episodeIndex,
    position: step.position,
    kind,
    server: context.server,
    tool: context.tool ?? null,
    cells: { baseline: null, trained: null, [step.lane]: cellOf(step) },
    steps: { baseline: null, trained: null, [step.lane]: step },
    searchText: searchable(step),
  };
}

/** Adds the other lane's step. The base stream's message names the row; a mutated retry never does if there is a choice. */
export function withStep(row: DecisionRow, step: LaneStep): DecisionRow {
  const { kind, context } = step.message;
  return {
    ...row,
    ...(step.info.retry ? {} : { kind, server: context.server, tool: context.tool ?? null }),
    cells: { ...row.cells, [step.lane]: cellOf(step) },
    steps: { ...(row.steps ?? { baseline: null, trained: null }), [step.lane]: step },
    searchText: `${row.searchText} ${searchable(step)}`,
  };
}

/** True when one lane saw the base stream's message and the other a mutated retry in its place. */
export function messagesDiffer(row: DecisionRow): boolean {
  const { baseline, trained } = row.cells;
  return baseline !== null && trained !== null && (baseline.retry || trained.retry);
}

export const ROW_FILTERS = ['all', 'disagreements', 'breaches', 'false_alarms'] as const;
export type RowFilter = (typeof ROW_FILTERS)[number];

function someCell(row: DecisionRow, test: (cell: LaneCell) => boolean): boolean {
  return LANES.some((lane: Lane) => {
    const cell = row.cells[lane];
    return cell !== null && test(cell);
  });
}

/** Whether a row passes the filter and holds every word of the search (lower case). */
export function rowMatches(row: DecisionRow, filter: RowFilter, search: string): boolean {
  if (!matchesFilter(row, filter)) return false;
  return search === '' || search.split(/\s+/).every((word) => row.searchText.includes(word));
}

function matchesFilter(row: DecisionRow, filter: RowFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'disagreements':
      return row.cells.baseline !== null && row.cells.trained !== null && row.cells.baseline.action !== row.cells.trained.action;
    case 'breaches':
      return someCell(row, (cell) => cell.verdict === 'FN');
    case 'false_alarms':
      return someCell(row, (cell) => cell.verdict === 'FP');
  }
}
