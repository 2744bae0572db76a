import { useState } from 'react';
import { useKeyTitle } from '../../../app/keys/useKeys.ts';
import { count, plural } from '../../../lib/format.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { LANES, type Lane } from '../../../../contract/live.ts';
import { Button } from '../../../widgets/Button.tsx';
import { Toggle, ToggleGroup } from '../../../widgets/Toggle.tsx';
import {
  changeSpeed,
  moveDecisions,
  moveEvents,
  nextDisagreement,
  seek,
  seekTick,
  SPEEDS,
  tickOf,
  toggleLock,
  togglePlay,
} from './playback.ts';
import type { Timeline } from './timeline.ts';
import type { Player } from './usePlayer.ts';
import styles from './Transport.module.css';

export type ShownLanes = 'both' | Lane;

interface TransportProps {
  readonly timeline: Timeline;
  readonly player: Player;
  /** A comparison is playing the episode now. */
  readonly live: boolean;
  readonly shown: ShownLanes;
  readonly swapped: boolean;
  readonly onShow: (shown: ShownLanes) => void;
  readonly onSwap: () => void;
}

/** Everything that moves the playhead, and which lanes are seen. */
export function Transport({ timeline, player, live, shown, swapped, onShow, onSwap }: TransportProps) {
  const { playback, update } = player;
  const tick = tickOf(playback, timeline);
  const idleTitle = useKeyTitle(
    'Deferred reviews and slow decisions take several ticks of the budget; skip what goes beyond one',
    'replay.idle',
  );
  const lanesTitle = useKeyTitle('Lanes shown', 'replay.lanes');
  const following = live && tick === timeline.ticks;
  return (
    <div className={styles['bar']} role="group" aria-label="Playback">
      <Button
        icon="restart"
        title="Restart"
        command="replay.restart"
        keyIn="title"
        aria-label="Restart"
        size="small"
        onClick={() => update((state, all) => seek(state, all, 0))}
      />
      <Button
        icon="backward"
        size="small"
        title="One decision back"
        command="replay.decision-back"
        keyIn="title"
        aria-label="One decision back"
        onClick={() => update((state, all) => moveDecisions(state, all, -1))}
      />
      <Button
        icon="previous"
        size="small"
        title="One event back"
        command="replay.event-back"
        keyIn="title"
        aria-label="One event back"
        testId="event-back"
        onClick={() => update((state, all) => moveEvents(state, all, -1))}
      />
      <Button
        icon={playback.playing ? 'pause' : 'play'}
        variant="primary"
        size="small"
        testId="replay-play"
        title={playback.playing ? 'Pause' : 'Play'}
        command="replay.play"
        keyIn="title"
        onClick={() => update(togglePlay)}
      >
        {playback.playing ? 'Pause' : 'Play'}
      </Button>
      <Button
        icon="next"
        size="small"
        title="One event on"
        command="replay.event-on"
        keyIn="title"
        aria-label="One event on"
        testId="event-on"
        onClick={() => update((state, all) => moveEvents(state, all, 1))}
      />
      <Button
        icon="forward"
        size="small"
        title="One decision on"
        command="replay.decision-on"
        keyIn="title"
        aria-label="One decision on"
        testId="decision-on"
        onClick={() => update((state, all) => moveDecisions(state, all, 1))}
      />
      <Button
        size="small"
        command="replay.disagreement"
        testId="next-disagreement"
        title={plural(timeline.disagreements.length, 'disagreement')}
        disabled={timeline.disagreements.length === 0}
        onClick={() => update((state, all) => nextDisagreement(state, all, 1))}
      >
        Next ≠
      </Button>
      <span className={styles['speed']} role="group" aria-label="Speed">
        <Button
          size="small"
          variant="quiet"
          aria-label="Slower"
          title="Slower"
          command="replay.slower"
          keyIn="title"
          disabled={playback.speed === SPEEDS[0]}
          onClick={() => update((state) => changeSpeed(state, -1))}
        >
          −
        </Button>
        <output data-testid="replay-speed" aria-label="Speed">
          {playback.speed}×
        </output>
        <Button
          size="small"
          variant="quiet"
          aria-label="Faster"
          title="Faster"
          command="replay.faster"
          keyIn="title"
          disabled={playback.speed === SPEEDS.at(-1)}
          onClick={() => update((state) => changeSpeed(state, 1))}
        >
          +
        </Button>
      </span>
      <TickField key={tick} tick={tick} ticks={timeline.ticks} onTick={(value) => update((state, all) => seekTick(state, all, value))} />
      <Toggle
        on={playback.skipIdle}
        title={idleTitle}
        testId="skip-idle"
        onToggle={() => update((state) => ({ ...state, skipIdle: !state.skipIdle, skipped: 0 }))}
      >
        Skip idle
      </Toggle>
      {playback.skipped === 0 ? null : (
        <span className={styles['gap']} role="status">
          {plural(playback.skipped, 'idle tick')} skipped
        </span>
      )}
      {live ? (
        <Button
          size="small"
          variant={following ? 'quiet' : 'primary'}
          testId="replay-live"
          aria-pressed={following}
          title="A comparison is playing this episode; at the end the page follows it"
          onClick={() => update((state, all) => seek({ ...state, locked: true }, all, all.length))}
        >
          {following ? 'Following live' : 'Back to live'}
        </Button>
      ) : null}
      <span className={styles['lanes']}>
        <Button
          icon={playback.locked ? 'lock' : 'unlock'}
          size="small"
          aria-pressed={playback.locked}
          testId="replay-lock"
          title={playback.locked ? 'One clock for both lanes (K)' : 'Each lane has its own clock; keys move the chosen lane (K)'}
          onClick={() => update((state) => toggleLock(state))}
        >
          {playback.locked ? 'Locked' : 'Unlocked'}
        </Button>
        {playback.locked
          ? null
          : LANES.map((lane) => (
              <Toggle
                key={lane}
                on={playback.focus === lane}
                title={`Move the ${lane} lane`}
                onToggle={() => update((state) => ({ ...state, focus: lane }))}
              >
                {LANE_NAMES[lane]}
              </Toggle>
            ))}
        <ToggleGroup label="Lanes shown">
          {(['both', ...LANES] as const).map((value) => (
            <Toggle key={value} on={shown === value} title={lanesTitle} testId={`show-${value}`} onToggle={() => onShow(value)}>
              {value === 'both' ? 'Both' : LANE_NAMES[value]}
            </Toggle>
          ))}
        </ToggleGroup>
        <Button
          icon="swap"
          size="small"
          aria-label="Swap the lanes"
          title="Swap the lanes"
          command="replay.swap"
          keyIn="title"
          aria-pressed={swapped}
          onClick={onSwap}
        />
      </span>
    </div>
  );
}

/** The tick as a number that can be typed. */
function TickField({ tick, ticks, onTick }: { readonly tick: number; readonly ticks: number; readonly onTick: (tick: number) => void }) {
  const [text, setText] = useState(String(tick));
  const commit = (): void => {
    if (/^\d{1,5}$/.test(text.trim())) onTick(Number(text));
    else setText(String(tick));
  };
  return (
    <label className={styles['tick']}>
      Tick
      <input
        inputMode="numeric"
        autoComplete="off"
        value={text}
        data-testid="tick-field"
        onChange={(event) => setText(event.target.value)}
        onBlur={() => setText(String(tick))}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') setText(String(tick));
        }}
      />
      of {count(ticks)}
    </label>
  );
}
