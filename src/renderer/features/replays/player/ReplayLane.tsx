import { useMemo } from 'react';
import type { Lane } from '../../../../contract/live.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { Button } from '../../../widgets/Button.tsx';
import { DecisionDetails } from '../../../widgets/decision/DecisionDetails.tsx';
import { LaneFigures } from '../../../widgets/decision/LaneFigures.tsx';
import { LaneEnded, LaneNote, LaneTitle, LaneWaits } from '../../../widgets/decision/LanePanelParts.tsx';
import { Empty } from '../../../widgets/Notice.tsx';
import { Panel } from '../../../widgets/Panel.tsx';
import { seekTick } from './playback.ts';
import type { Timeline } from './timeline.ts';
import type { Player } from './usePlayer.ts';
import styles from './ReplayLane.module.css';

interface ReplayLaneProps {
  readonly lane: Lane;
  readonly timeline: Timeline;
  readonly player: Player;
}

/** One lane at its playhead: its figures up to there, and its decision on the message. */
export function ReplayLane({ lane, timeline, player }: ReplayLaneProps) {
  const { playback, update } = player;
  const clock = playback.clock[lane];
  const view = useMemo(() => timeline.at(clock), [timeline, clock]);
  const tick = timeline.tickAt(clock);
  const row = view.rows.at(-1) ?? null;
  const step = row?.steps?.[lane] ?? null;
  const waits = view.waiting[lane];
  const last = view.rows.findLast(({ cells }) => cells[lane] !== null) ?? null;
  const ended = waits !== null && step === null;
  return (
    <Panel
      label={`${LANE_NAMES[lane]} lane`}
      testId={`replay-${lane}`}
      className={playback.focus === lane ? styles['focus'] : undefined}
      title={<LaneTitle lane={lane} model={timeline.episode.summary.models[lane]} />}
      actions={
        ended ? (
          <LaneWaits testId={`replay-${lane}-waiting`}>waiting</LaneWaits>
        ) : playback.locked ? undefined : (
          <LaneNote>tick {tick}</LaneNote>
        )
      }
    >
      <LaneFigures lane={lane} totals={view.totals[lane]} />
      {step !== null ? (
        <DecisionDetails step={step} budgetTicks={timeline.episode.config.budgetTicks} />
      ) : ended && last !== null ? (
        <>
          <LaneEnded
            action={
              <Button size="small" onClick={() => update((state, all) => seekTick({ ...state, playing: false }, all, last.position + 1))}>
                Go there
              </Button>
            }
          >
            {waits === 'breach' ? 'Breached' : 'Finished'} at tick {last.position + 1}, waits for the other lane.
          </LaneEnded>
          {last.steps?.[lane] == null ? null : (
            <DecisionDetails step={last.steps[lane]} budgetTicks={timeline.episode.config.budgetTicks} />
          )}
        </>
      ) : (
        <Empty title={tick === 0 ? 'Before the first message' : 'Decides next'} />
      )}
    </Panel>
  );
}
