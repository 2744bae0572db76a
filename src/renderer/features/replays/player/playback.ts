import { LANES, type Lane, type PerLane } from '../../../../contract/live.ts';
import { clamp, type Timeline } from './timeline.ts';

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
export type Speed = (typeof SPEEDS)[number];
/** One tick of the latency budget at normal speed. */
export const TICK_MS = 1_000;

/** Where the player stands and how it goes on. Changed by the functions below, which are pure. */
export interface Playback {
  /** Events that each lane has seen; the same while the lanes are locked. */
  readonly clock: PerLane<number>;
  /** One clock for both lanes. */
  readonly locked: boolean;
  /** The lane that the keys move while unlocked, and that the inspector shows. */
  readonly focus: Lane;
  readonly playing: boolean;
  readonly speed: Speed;
  /** A message takes one tick whatever it took in the episode. */
  readonly skipIdle: boolean;
  /** Ticks that were just skipped. */
  readonly skipped: number;
}

export const START: Playback = {
  clock: { baseline: 0, trained: 0 },
  locked: true,
  focus: 'trained',
  playing: false,
  speed: 1,
  skipIdle: false,
  skipped: 0,
};

export function seek(state: Playback, timeline: Timeline, clock: number): Playback {
  const at = clamp(Math.round(clock), 0, timeline.length);
  return { ...state, skipped: 0, clock: state.locked ? { baseline: at, trained: at } : { ...state.clock, [state.focus]: at } };
}

/** The clock of the focused lane, which is that of both while they are locked. */
export function clockOf({ clock, focus }: Playback): number {
  return clock[focus];
}

export function tickOf(state: Playback, timeline: Timeline): number {
  return timeline.tickAt(clockOf(state));
}

export function seekTick(state: Playback, timeline: Timeline, tick: number): Playback {
  return seek(state, timeline, timeline.endOfTick(tick));
}

export function moveEvents(state: Playback, timeline: Timeline, by: number): Playback {
  return seek({ ...state, playing: false }, timeline, clockOf(state) + by);
}

/** To the end of the next message, or of the one before this. */
export function moveDecisions(state: Playback, timeline: Timeline, by: 1 | -1): Playback {
  const tick = tickOf(state, timeline);
  const inside = clockOf(state) < timeline.endOfTick(tick);
  return seekTick({ ...state, playing: false }, timeline, by === 1 ? (inside ? tick : tick + 1) : tick - 1);
}

/** To the next message on which the lanes disagree; where there is none, the state stays. */
export function nextDisagreement(state: Playback, timeline: Timeline, by: 1 | -1): Playback {
  const tick = tickOf(state, timeline);
  const inside = clockOf(state) < timeline.endOfTick(tick);
  const found =
    by === 1
      ? timeline.disagreements.find((at) => at > tick || (at === tick && inside))
      : timeline.disagreements.findLast((at) => at < tick);
  return found === undefined ? state : seekTick({ ...state, playing: false }, timeline, found);
}

export function changeSpeed(state: Playback, by: 1 | -1): Playback {
  const index = clamp(SPEEDS.indexOf(state.speed) + by, 0, SPEEDS.length - 1);
  return { ...state, speed: SPEEDS[index] ?? state.speed };
}

/** Locked again, the lanes meet where the focused one is. */
export function toggleLock(state: Playback): Playback {
  const at = clockOf(state);
  return state.locked ? { ...state, locked: false } : { ...state, locked: true, clock: { baseline: at, trained: at } };
}

/** At the end it begins again. */
export function togglePlay(state: Playback, timeline: Timeline): Playback {
  if (state.playing) return { ...state, playing: false };
  const ended = clockOf(state) >= timeline.length;
  return { ...(ended ? seek(state, timeline, 0) : state), playing: timeline.length > 0 };
}

/** How long the message after the playhead takes, milliseconds; null at the end. */
export function nextDelay(state: Playback, timeline: Timeline): number | null {
  if (clockOf(state) >= timeline.length) return null;
  const ticks = state.skipIdle ? 1 : timeline.budgetTicks(Math.min(timeline.ticks, tickOf(state, timeline) + 1));
  return (ticks * TICK_MS) / state.speed;
}

/** One message on, as playing does it. */
export function advance(state: Playback, timeline: Timeline): Playback {
  const moved = moveDecisions(state, timeline, 1);
  const at = clockOf(moved);
  const next = at === clockOf(state) ? seek(state, timeline, timeline.length) : moved;
  const idle = state.skipIdle ? timeline.budgetTicks(tickOf(next, timeline)) - 1 : 0;
  return { ...next, skipped: idle, playing: clockOf(next) < timeline.length };
}

/** True when both lanes see the end. */
export function atEnd({ clock }: Playback, timeline: Timeline): boolean {
  return LANES.every((lane) => clock[lane] >= timeline.length);
}
