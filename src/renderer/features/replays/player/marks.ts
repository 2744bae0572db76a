import { LANES, type Lane } from '../../../../contract/live.ts';
import type { Bookmark, ReplayMark } from '../../../../contract/replays.ts';
import type { StepLabel } from '../../../../contract/review.ts';
import { ACTION_NAMES, words } from '../../../lib/format.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';

export const MARK_KINDS = ['attack', 'breach', 'disagreement', 'label', 'bookmark'] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

export interface ScrubMark {
  readonly kind: MarkKind;
  readonly tick: number;
  readonly text: string;
}

/** What is marked on the scrub bar. An attack is marked where it starts: at the first of adjoining malicious messages of one vector. */
export function scrubMarks(
  steps: readonly ReplayMark[],
  labels: readonly StepLabel[],
  bookmarks: readonly Bookmark[],
): readonly ScrubMark[] {
  const marks: ScrubMark[] = [];
  const byTick = Map.groupBy(steps, ({ position }) => position + 1);
  let running: string | null = null;
  for (const [tick, lanes] of byTick) {
    const attack = lanes.find(({ malicious }) => malicious)?.vector ?? null;
    if (attack !== null && attack !== running) marks.push({ kind: 'attack', tick, text: `Attack: ${words(attack)}` });
    running = attack;
    const breached = lanes.filter(({ verdict }) => verdict === 'FN').map(({ lane }) => LANE_NAMES[lane]);
    if (breached.length > 0) marks.push({ kind: 'breach', tick, text: `Breach: ${breached.join(' and ')}` });
    const [first, second] = LANES.map((lane) => lanes.find((mark) => mark.lane === lane)?.action);
    if (first !== undefined && second !== undefined && first !== second)
      marks.push({ kind: 'disagreement', tick, text: `Disagreement: ${ACTION_NAMES[first]} against ${ACTION_NAMES[second]}` });
  }
  for (const { position, action, state } of labels)
    marks.push({ kind: 'label', tick: position + 1, text: `Label: ${action === null ? words(state) : ACTION_NAMES[action]}` });
  for (const { position, note } of bookmarks)
    marks.push({ kind: 'bookmark', tick: position + 1, text: note === '' ? 'Bookmark' : `Bookmark: ${note}` });
  return marks.toSorted((a, b) => a.tick - b.tick);
}

/** What the slider says, e.g. `Tick 12 of 16, baseline BLOCK, trained ALLOW`. */
export function valueText(tick: number, ticks: number, actionOf: (lane: Lane) => string | null): string {
  const lanes = LANES.map((lane) => `${lane} ${actionOf(lane) ?? 'waiting'}`);
  return [`Tick ${tick} of ${ticks}`, ...(tick === 0 ? ['before the first message'] : lanes)].join(', ');
}
