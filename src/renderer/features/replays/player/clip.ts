import { LANES, type LaneStep } from '../../../../contract/live.ts';
import type { Timeline } from './timeline.ts';

/** Ticks of an episode, both included. */
export interface ClipRange {
  readonly from: number;
  readonly to: number;
}

/** All that was decided within the range, in both lanes, by position. */
export function clipSteps(timeline: Timeline, { from, to }: ClipRange): readonly LaneStep[] {
  const ticks = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  return ticks.flatMap((tick) => LANES.flatMap((lane) => timeline.step(tick, lane) ?? []));
}

/** Decisions as JSON lines. */
export function clipFile(steps: readonly LaneStep[]): Blob {
  return new Blob([steps.map((step) => `${JSON.stringify(step)}\n`).join('')], { type: 'application/jsonl' });
}
