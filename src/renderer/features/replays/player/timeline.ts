import { LANES, type Lane, type LaneStep, type LiveEvent, type PerLane } from '../../../../contract/live.ts';
import type { ReplayEpisode, StepTiming } from '../../../../contract/replays.ts';
import { applyBatches, viewFromSnapshot, NO_TOTALS, type LiveView } from '../../live/liveView.ts';

/** A state is kept after every so many events, so that any other is at most this many events away. */
export const KEYFRAME_EVENTS = 200;

/**
 * A stored episode as a sequence of events, each state a fold of the events before it by the very reducer of the live
 * page. A clock value is a number of events, 0 to `length`; a tick is a message, 1 to `ticks`.
 */
export interface Timeline {
  readonly episode: ReplayEpisode;
  readonly length: number;
  readonly ticks: number;
  /** The state after `clock` events, found from the nearest keyframe. */
  readonly at: (clock: number) => LiveView;
  /** Tick of the latest message that an event was about; 0 before the first. */
  readonly tickAt: (clock: number) => number;
  /** Clock at which all that a tick brought has happened; 0 for tick 0. */
  readonly endOfTick: (tick: number) => number;
  readonly step: (tick: number, lane: Lane) => LaneStep | null;
  readonly timing: (tick: number, lane: Lane) => StepTiming | null;
  /** Ticks of the latency budget that a message took in the lane that took longer, at least 1. */
  readonly budgetTicks: (tick: number) => number;
  /** Ticks at which the lanes chose different actions, ascending. */
  readonly disagreements: readonly number[];
}

/** The state before anything has happened. */
export function initialView({ summary, config, curriculum }: ReplayEpisode): LiveView {
  return viewFromSnapshot({
    seq: 0,
    state: 'paused',
    problem: null,
    scope: {
      ...summary.models,
      seed: summary.seed,
      phase: summary.phase,
      split: config.split,
      speed: 1,
      costPreset: 'balanced',
    },
    episodeId: null,
    episodeIndex: 0,
    curriculum,
    totals: { baseline: NO_TOTALS, trained: NO_TOTALS },
    recent: [],
    rewardCurve: { baseline: [], trained: [] },
    queueDepth: config.episodeLength,
    messagesPlayed: 0,
    episodeLength: config.episodeLength,
    budgetTicks: config.budgetTicks,
  });
}

export function createTimeline(episode: ReplayEpisode, events: readonly LiveEvent[], timings: readonly StepTiming[] = []): Timeline {
  const keyframes: LiveView[] = [initialView(episode)];
  const tickOfEvent: number[] = [0];
  const steps = new Map<number, PerLane<LaneStep | null>>();
  let tick = 0;
  for (const event of events) {
    if (event.type === 'step') {
      tick = event.step.position + 1;
      steps.set(tick, { ...(steps.get(tick) ?? { baseline: null, trained: null }), [event.step.lane]: event.step });
    }
    tickOfEvent.push(tick);
  }
  const fold = (view: LiveView, from: number, to: number): LiveView =>
    from === to ? view : applyBatches(view, [{ events: events.slice(from, to), dropped: 0 }]);
  const keyframe = (index: number): LiveView => {
    while (keyframes.length <= index) {
      const from = (keyframes.length - 1) * KEYFRAME_EVENTS;
      keyframes.push(fold(keyframes.at(-1) as LiveView, from, from + KEYFRAME_EVENTS));
    }
    return keyframes[index] as LiveView;
  };
  const ends = new Map<number, number>(tickOfEvent.map((at, clock) => [at, clock]));
  // What comes before the first message belongs to no tick.
  ends.set(0, 0);
  const timingOf = new Map(timings.map((timing) => [`${timing.position + 1} ${timing.lane}`, timing]));
  return {
    episode,
    length: events.length,
    ticks: tick,
    at: (clock) => {
      const wanted = clamp(clock, 0, events.length);
      const index = Math.floor(wanted / KEYFRAME_EVENTS);
      return fold(keyframe(index), index * KEYFRAME_EVENTS, wanted);
    },
    tickAt: (clock) => tickOfEvent[clamp(clock, 0, events.length)] ?? 0,
    endOfTick: (wanted) => ends.get(clamp(wanted, 0, tick)) ?? 0,
    step: (wanted, lane) => steps.get(wanted)?.[lane] ?? null,
    timing: (wanted, lane) => timingOf.get(`${wanted} ${lane}`) ?? null,
    budgetTicks: (wanted) => Math.max(1, ...LANES.map((lane) => steps.get(wanted)?.[lane]?.info.ticks ?? 1)),
    disagreements: [...steps].flatMap(([at, { baseline, trained }]) =>
      baseline !== null && trained !== null && baseline.decision.action !== trained.decision.action ? [at] : [],
    ),
  };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
