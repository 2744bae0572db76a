import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { z } from 'zod';
import { runIdSchema, smoothingSchema, xAxisSchema, type RunId, type RunSummary, type XAxis } from '../../../contract/runs.ts';
import { isUsable, type Range } from '../../charts/axisRange.ts';
import { SCALE_KINDS } from '../../charts/scale.ts';

export type View = readonly [from: number, to: number] | null;

/** What of the plane is shown: the part of the x axis that all panels share, and of single panels a part of the y axis. */
export interface Zoom {
  readonly view: View;
  readonly yViews: { readonly [panel: string]: Range };
}

/** A zoom to come back to, with the axis on which it means something. */
interface PastZoom extends Zoom {
  readonly x: XAxis;
}

/** What a person has set on the page and finds again the next time. */
const choicesSchema = z.object({
  hidden: z.array(runIdSchema).max(2_000),
  /** Runs without curves that are wanted in comparisons all the same. */
  shown: z.array(runIdSchema).max(2_000),
  pinned: z.array(z.string()).max(200),
  collapsed: z.array(z.string()).max(200),
  x: xAxisSchema,
  xScale: z.enum(['linear', 'log']),
  yScale: z.enum(SCALE_KINDS),
  smoothing: smoothingSchema,
  clip: z.boolean(),
  band: z.boolean(),
  raw: z.boolean(),
  /** Others are compared with it. */
  reference: runIdSchema.nullable(),
});
type Choices = z.infer<typeof choicesSchema>;

export interface TrainingState extends Choices, Zoom {
  /** Alone on the charts while set. */
  readonly solo: RunId | null;
  readonly search: string;
  readonly tab: 'charts' | 'compare';
  readonly history: readonly PastZoom[];
  /** The same view on the axes that were shown since it was chosen. */
  readonly sameView: { readonly [axis: string]: View };
  /** What is being dragged: a panel, which is then drawn first, or the slider. */
  readonly dragged: string | null;
  /** The pinned panel that is being carried, and beside which one it would be put down. */
  readonly moving: { readonly panel: string; readonly over: string | null; readonly side: 'before' | 'after' } | null;
  /** Charts stand still while runs grow. */
  readonly paused: boolean;
}

const KEY = 'omniguard.training';
const MOST_HISTORY = 50;
const FALLBACK: Choices = {
  hidden: [],
  shown: [],
  pinned: [],
  collapsed: [],
  x: { kind: 'step' },
  xScale: 'linear',
  yScale: 'linear',
  smoothing: { kind: 'ema', amount: 0.6 },
  clip: false,
  band: true,
  raw: true,
  reference: null,
};

function readChoices(): Choices {
  try {
    return choicesSchema.catch(FALLBACK).parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
  } catch {
    return FALLBACK;
  }
}

const CHOICES = Object.keys(FALLBACK) as (keyof Choices)[];

export const training = createStore<TrainingState>(() => ({
  ...readChoices(),
  solo: null,
  search: '',
  tab: 'charts',
  view: null,
  yViews: {},
  history: [],
  sameView: {},
  dragged: null,
  moving: null,
  paused: false,
}));

// A drag changes the view in every frame; only choices are worth the disk.
training.subscribe((state, before) => {
  if (CHOICES.some((name) => state[name] !== before[name])) localStorage.setItem(KEY, JSON.stringify(choicesSchema.parse(state)));
});

export function useTraining<T>(select: (state: TrainingState) => T): T {
  return useStore(training, select);
}

/** Runs on the charts: those with curves that are not hidden, or the one that is solo. */
export function visibleRuns(runs: readonly RunSummary[], { hidden, shown, solo }: Pick<TrainingState, 'hidden' | 'shown' | 'solo'>): readonly RunSummary[] {
  if (solo !== null) return runs.filter(({ id }) => id === solo);
  return runs.filter((run) => (run.metrics.length > 0 ? !hidden.includes(run.id) : shown.includes(run.id)));
}

export function toggleRun(run: RunSummary): void {
  const key = run.metrics.length > 0 ? 'hidden' : 'shown';
  training.setState((state) => ({ solo: null, [key]: toggled(state[key], run.id) }));
}

export function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

function zoomOf({ x, view, yViews }: TrainingState): PastZoom {
  return { x, view, yViews };
}

/** Shows another part and remembers the present one. */
export function zoomTo(next: Partial<Zoom>): void {
  training.setState((state) => ({ ...next, sameView: {}, history: [...state.history, zoomOf(state)].slice(-MOST_HISTORY) }));
}

/** Moves without an entry in the history, for the frames of a drag. */
export function panTo(next: Partial<Zoom>): void {
  training.setState({ ...next, sameView: {} });
}

/** Ends a drag that began at `before`: all of it is one entry of the history. */
export function endPan(before: Zoom): void {
  training.setState((state) => {
    const moved = state.view !== before.view || state.yViews !== before.yViews;
    return { dragged: null, history: moved ? [...state.history, { ...before, x: state.x }].slice(-MOST_HISTORY) : state.history };
  });
}

export function withYView(yViews: Zoom['yViews'], panel: string, range: Range | null): Zoom['yViews'] {
  return Object.fromEntries([...Object.entries(yViews).filter(([id]) => id !== panel), ...(range === null ? [] : [[panel, range] as const])]);
}

export function isZoomed({ view, yViews }: Zoom): boolean {
  return view !== null || Object.keys(yViews).length > 0;
}

/** Back to the part that was shown before, on the axis on which it was. */
export function zoomBack(): void {
  training.setState(({ history, xScale, x }) => {
    const past = history.at(-1) ?? { x, view: null, yViews: {} };
    const view = past.view !== null && isUsable(past.view, xScale) ? past.view : null;
    return { ...past, view, sameView: {}, history: history.slice(0, -1) };
  });
}

export function resetZoom(): void {
  if (isZoomed(training.getState())) zoomTo({ view: null, yViews: {} });
}

export function axisKey(x: XAxis): string {
  return x.kind === 'metric' ? `metric ${x.metric}` : x.kind;
}

/** Shows another x axis. @param view the present view there, null for all of the axis */
export function setXAxis(x: XAxis, view: View): void {
  training.setState((state) => ({
    x,
    view: view !== null && isUsable(view, state.xScale) ? view : null,
    sameView: { ...state.sameView, [axisKey(state.x)]: state.view },
  }));
}

/** A view that begins at zero or less has no place on a logarithmic axis. */
export function setXScale(xScale: TrainingState['xScale']): void {
  training.setState(({ view }) => ({ xScale, view: view !== null && isUsable(view, xScale) ? view : null }));
}

/** Puts a pinned panel before the one that is at `index` now; beyond the last it goes to the end. */
export function movePinned(panel: string, index: number): void {
  training.setState(({ pinned }) => ({ pinned: moved(pinned, panel, index) }));
}

/** The list with an item at another place, counted without the item. */
export function moved<T>(list: readonly T[], item: T, index: number): T[] {
  const others = list.filter((other) => other !== item);
  const at = Math.max(0, Math.min(others.length, index));
  return [...others.slice(0, at), item, ...others.slice(at)];
}
