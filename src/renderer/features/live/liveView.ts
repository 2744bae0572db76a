import { perAction } from '../../../contract/actions.ts';
import type { CurriculumState } from '../../../contract/episodes.ts';
import type { EpisodeId } from '../../../contract/ids.ts';
import {
  LANES,
  type Lane,
  type LaneStep,
  type LaneTotals,
  type LiveBatch,
  type LiveEvent,
  type LiveScope,
  type LiveSnapshot,
  type LiveState,
  type PerLane,
} from '../../../contract/live.ts';
import { createRow, rowKey, withStep, type DecisionRow } from './decisionRow.ts';

/** Rows kept in memory; older ones are in the store. */
export const ROW_LIMIT = 20_000;
/** Rows that keep their complete steps (messages, evidence); of older ones they are fetched on demand. */
export const DETAIL_LIMIT = 2_000;
/** A curve is halved when it grows past this. */
export const CURVE_LIMIT = 4_000;
/** Rows past the limit that are dropped at once, so that not every batch copies the table. */
const ROW_SLACK = 1_000;
/** The other lane's part of a row arrives within this many rows. */
const LOOK_BACK = 64;

export type CurvePoint = readonly [step: number, reward: number];
export type WaitReason = 'breach' | 'finished';

/** All that the page shows of a comparison, folded from a snapshot and the events after it. */
export interface LiveView {
  readonly seq: number;
  readonly state: LiveState;
  readonly problem: string | null;
  readonly scope: LiveScope;
  readonly episodeId: EpisodeId | null;
  readonly episodeIndex: number;
  readonly curriculum: CurriculumState;
  readonly totals: PerLane<LaneTotals>;
  readonly curves: PerLane<readonly CurvePoint[]>;
  /** Set while a lane has ended its episode and waits for the other. */
  readonly waiting: PerLane<WaitReason | null>;
  /** Oldest first. */
  readonly rows: readonly DecisionRow[];
  readonly nextNumber: number;
  /** Rows before this index hold no complete steps. */
  readonly detailFrom: number;
  /** Messages in a whole episode. */
  readonly episodeLength: number;
  /** Ticks in an episode's latency budget. */
  readonly budgetTicks: number;
  /** Messages of the current episode not played yet. */
  readonly queueDepth: number;
  /** Step events that this page missed; the store has them. */
  readonly dropped: number;
}

export const NO_TOTALS: LaneTotals = {
  steps: 0,
  reward: 0,
  alertFatigue: null,
  breaches: 0,
  truePositives: 0,
  trueNegatives: 0,
  falsePositives: 0,
  falseNegatives: 0,
  actions: perAction(() => 0),
  decisionMs: null,
};

const NO_ROWS = { rows: [], nextNumber: 1, detailFrom: 0 } satisfies Partial<LiveView>;

/** Mean reward per step played; null before the first. */
function meanReward(totals: LaneTotals): number | null {
  return totals.steps === 0 ? null : totals.reward / totals.steps;
}

/** Trained mean reward less the baseline's, per step played; null until both have played. */
export function rewardGap(totals: PerLane<LaneTotals>): number | null {
  const [baseline, trained] = [meanReward(totals.baseline), meanReward(totals.trained)];
  return baseline === null || trained === null ? null : trained - baseline;
}

/** States in which a comparison is under way and its scope may not change. */
export function isActive(state: LiveState): boolean {
  return state !== 'idle' && state !== 'failed';
}

/** A lane that breached in the current episode waits for the next one. */
function waitingFrom(steps: readonly LaneStep[], episodeId: EpisodeId | null): PerLane<WaitReason | null> {
  const breached = (lane: Lane): WaitReason | null =>
    steps.some((step) => step.lane === lane && step.episodeId === episodeId && step.info.verdict === 'FN') ? 'breach' : null;
  return { baseline: breached('baseline'), trained: breached('trained') };
}

/** A view whose lists belong to the fold that is under way: it may append to them. */
type Draft = Omit<LiveView, 'rows' | 'curves'> & { readonly rows: DecisionRow[]; readonly curves: PerLane<CurvePoint[]> };

function draftOf(view: LiveView): Draft {
  return { ...view, rows: view.rows.slice(), curves: { baseline: view.curves.baseline.slice(), trained: view.curves.trained.slice() } };
}

/** Draws everything anew from a snapshot. */
export function viewFromSnapshot(snapshot: LiveSnapshot): LiveView {
  const { recent, episodeId, rewardCurve, messagesPlayed, ...shared } = snapshot;
  const ids = [...new Set(recent.map((step) => step.episodeId))];
  const current = episodeId === null ? ids.length - 1 : ids.indexOf(episodeId);
  const indexOf = (id: EpisodeId): number => snapshot.episodeIndex - (current === -1 ? ids.length : current) + ids.indexOf(id);
  const shown = new Set(recent.map((step) => rowKey(step.episodeId, step.position))).size;
  let draft = draftOf({
    ...shared,
    ...NO_ROWS,
    nextNumber: Math.max(1, messagesPlayed - shown + 1),
    episodeId,
    curves: rewardCurve,
    waiting: waitingFrom(recent, episodeId),
    dropped: 0,
  });
  for (const step of recent) draft = addStep(draft, step, indexOf(step.episodeId));
  return draft;
}

/**
 * Takes a snapshot after the line was interrupted. Rows of the same comparison stay;
 * a backend that has started over (its sequence or its totals are behind) replaces everything.
 */
export function mergeSnapshot(view: LiveView, snapshot: LiveSnapshot): LiveView {
  const fresh = viewFromSnapshot(snapshot);
  const sameComparison =
    view.rows.length > 0 && snapshot.seq >= view.seq && LANES.every((lane) => snapshot.totals[lane].steps >= view.totals[lane].steps);
  if (!sameComparison) return { ...fresh, dropped: view.dropped };
  const known = new Map(view.rows.map((row) => [row.key, row]));
  const indexes = new Map(fresh.rows.map((row) => [row.episodeId, row.episodeIndex]));
  let draft: Draft = { ...draftOf(fresh), rows: view.rows.slice(), nextNumber: view.nextNumber, detailFrom: view.detailFrom };
  for (const step of snapshot.recent) {
    const row = known.get(rowKey(step.episodeId, step.position));
    if (row?.cells[step.lane] == null) draft = addStep(draft, step, indexes.get(step.episodeId) ?? fresh.episodeIndex);
  }
  return { ...trim(draft), dropped: view.dropped };
}

/** Adds a step to the rows; the rest of the view stays. */
function addStep(draft: Draft, step: LaneStep, episodeIndex: number): Draft {
  const key = rowKey(step.episodeId, step.position);
  const { rows } = draft;
  for (let index = rows.length - 1; index >= Math.max(0, rows.length - LOOK_BACK); index -= 1) {
    const row = rows[index];
    if (row?.key !== key) continue;
    rows[index] = withStep(row, step);
    return draft;
  }
  rows.push(createRow(step, draft.nextNumber, episodeIndex));
  return { ...draft, nextNumber: draft.nextNumber + 1 };
}

/** Drops the oldest rows past the limit and the steps of those past the detail limit. */
function trim(draft: Draft): Draft {
  let { rows, detailFrom } = draft;
  if (rows.length > ROW_LIMIT + ROW_SLACK) {
    const excess = rows.length - ROW_LIMIT;
    rows = rows.slice(excess);
    detailFrom = Math.max(0, detailFrom - excess);
  }
  const firstDetailed = Math.max(detailFrom, rows.length - DETAIL_LIMIT);
  for (let index = detailFrom; index < firstDetailed; index += 1) {
    const row = rows[index];
    if (row !== undefined) rows[index] = { ...row, steps: null };
  }
  return { ...draft, rows, detailFrom: firstDetailed };
}

/** Appends a point; past the limit every other one goes, so that the shape stays. */
export function appendPoint(curve: CurvePoint[], point: CurvePoint): CurvePoint[] {
  const thinned = curve.length >= CURVE_LIMIT ? curve.filter((_, index) => index % 2 === 1) : curve;
  thinned.push(point);
  return thinned;
}

/** A new comparison: totals, curves and rows begin again; the scope stays. */
function restart(draft: Draft): Draft {
  return {
    ...draft,
    rows: [],
    nextNumber: 1,
    detailFrom: 0,
    episodeId: null,
    episodeIndex: 0,
    totals: { baseline: NO_TOTALS, trained: NO_TOTALS },
    curves: { baseline: [], trained: [] },
    waiting: { baseline: null, trained: null },
    queueDepth: 0,
  };
}

function applyEvent(before: Draft, event: LiveEvent): Draft {
  if (event.seq <= before.seq) return before;
  const draft = { ...before, seq: event.seq };
  switch (event.type) {
    case 'state': {
      const begins = !isActive(before.state) && (event.state === 'loading' || event.state === 'running' || event.state === 'stepping');
      return { ...(begins ? restart(draft) : draft), state: event.state, problem: event.problem };
    }
    case 'episode_started': {
      const base = before.episodeId !== null && event.index < before.episodeIndex ? restart(draft) : draft;
      return {
        ...base,
        episodeId: event.episodeId,
        episodeIndex: event.index,
        curriculum: event.curriculum,
        waiting: { baseline: null, trained: null },
        queueDepth: before.episodeLength,
      };
    }
    case 'step': {
      const { step, totals } = event;
      const left = Math.max(0, before.episodeLength - step.position - 1);
      return {
        ...addStep(draft, step, before.episodeIndex),
        totals: { ...before.totals, [step.lane]: totals },
        curves: { ...before.curves, [step.lane]: appendPoint(before.curves[step.lane], [totals.steps, totals.reward]) },
        queueDepth: Math.min(before.queueDepth, left),
      };
    }
    case 'lane_waiting':
      return { ...draft, waiting: { ...before.waiting, [event.lane]: event.reason } };
    case 'episode_finished':
      return { ...draft, queueDepth: 0 };
  }
}

/** Folds batches in order. Events already seen change nothing. */
export function applyBatches(view: LiveView, batches: readonly LiveBatch[]): LiveView {
  let draft = draftOf(view);
  for (const batch of batches) {
    if (batch.dropped > 0) draft = { ...draft, dropped: draft.dropped + batch.dropped };
    for (const event of batch.events) draft = applyEvent(draft, event);
  }
  return trim(draft);
}

/** The row that the live tail shows: the last one that no lane is still deciding about. */
export function tailRow(view: LiveView): DecisionRow | null {
  const last = view.rows.at(-1);
  if (last === undefined) return null;
  const complete = LANES.every((lane) => last.cells[lane] !== null || view.waiting[lane] !== null || last.episodeId !== view.episodeId);
  return complete ? last : (view.rows.at(-2) ?? last);
}
