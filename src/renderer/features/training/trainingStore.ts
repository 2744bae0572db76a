import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { z } from 'zod';
import { runIdSchema, smoothingSchema, xAxisSchema, type RunId, type RunSummary } from '../../../contract/runs.ts';
import { SCALE_KINDS } from '../../charts/scale.ts';

export type View = readonly [from: number, to: number] | null;

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

export interface TrainingState extends Choices {
  /** Alone on the charts while set. */
  readonly solo: RunId | null;
  readonly search: string;
  readonly tab: 'charts' | 'compare';
  /** Part of the x axis that every panel shows; null is all of it. */
  readonly view: View;
  readonly history: readonly View[];
  /** The panel that is being dragged: it follows every frame, the others less often. */
  readonly dragged: string | null;
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

export const training = createStore<TrainingState>(() => ({
  ...readChoices(),
  solo: null,
  search: '',
  tab: 'charts',
  view: null,
  history: [],
  dragged: null,
  paused: false,
}));

training.subscribe((state) => localStorage.setItem(KEY, JSON.stringify(choicesSchema.parse(state))));

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

/** Goes to a view and remembers the present one. */
export function zoomTo(view: View): void {
  training.setState((state) => ({ view, history: [...state.history, state.view].slice(-MOST_HISTORY) }));
}

/** Moves without an entry in the history, for the frames of a drag. */
export function panTo(view: View): void {
  training.setState({ view });
}

export function zoomBack(): void {
  training.setState(({ history }) => ({ view: history.at(-1) ?? null, history: history.slice(0, -1) }));
}

export function resetZoom(): void {
  if (training.getState().view !== null) zoomTo(null);
}

/** A view means nothing on another axis. */
export function setXAxis(x: TrainingState['x']): void {
  training.setState({ x, view: null, history: [] });
}
