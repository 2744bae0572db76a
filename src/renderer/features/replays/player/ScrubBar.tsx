import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { LANES, type Lane } from '../../../../contract/live.ts';
import { classes } from '../../../lib/classes.ts';
import { signed } from '../../../lib/format.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { MARK_KINDS, valueText, type MarkKind, type ScrubMark } from './marks.ts';
import { clockOf, moveDecisions, moveEvents, seek, seekTick, tickOf, type Playback } from './playback.ts';
import type { Player } from './usePlayer.ts';
import type { Timeline } from './timeline.ts';
import styles from './ScrubBar.module.css';

const MARK_NAMES: { readonly [K in MarkKind]: string } = {
  attack: 'Attack starts',
  breach: 'Breach',
  disagreement: 'Disagreement',
  label: 'Label',
  bookmark: 'Bookmark',
};
/** Shapes tell the kinds apart without their colours. */
const MARK_PATHS: { readonly [K in MarkKind]: string } = {
  attack: 'M5 1 9 9H1z',
  breach: 'M2 2l6 6M8 2 2 8',
  disagreement: 'M1.5 3.5h7M1.5 6.5h7M7 1 3 9',
  label: 'M5 1.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  bookmark: 'M2.5 1h5v8L5 6.5 2.5 9z',
};

interface ScrubBarProps {
  readonly timeline: Timeline;
  readonly player: Player;
  readonly marks: readonly ScrubMark[];
}

/** The playhead as a slider over events, with marks above it and the rewards of both lanes below. */
export function ScrubBar({ timeline, player, marks }: ScrubBarProps) {
  const { playback, update } = player;
  const track = useRef<HTMLDivElement>(null);
  const tick = tickOf(playback, timeline);
  const text = valueText(tick, timeline.ticks, (lane) => timeline.step(tick, lane)?.decision.action ?? null);
  const share = (clock: number): string => `${timeline.length === 0 ? 0 : (clock / timeline.length) * 100}%`;

  const seekTo = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return;
    update((state, all) => seek({ ...state, playing: false }, all, ((event.clientX - box.left) / box.width) * all.length));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveOf(event.key, event.shiftKey);
    if (move === null) return;
    event.preventDefault();
    event.stopPropagation();
    update(move);
  };

  return (
    <div className={styles['bar']}>
      <div
        ref={track}
        className={styles['track']}
        role="slider"
        tabIndex={0}
        aria-label="Playhead"
        aria-valuemin={0}
        aria-valuemax={timeline.length}
        aria-valuenow={clockOf(playback)}
        aria-valuetext={text}
        data-testid="scrub-bar"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          seekTo(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
        }}
      >
        <span className={styles['marks']}>
          {marks.map((mark, index) => (
            <span
              key={index}
              className={styles['mark']}
              style={{ insetInlineStart: share(timeline.endOfTick(mark.tick)) }}
              title={`Tick ${mark.tick}. ${mark.text}`}
              data-kind={mark.kind}
              data-testid={`mark-${mark.kind}`}
            >
              <MarkIcon kind={mark.kind} />
            </span>
          ))}
        </span>
        <span className={styles['rail']}>
          <span className={styles['done']} style={{ inlineSize: share(clockOf(playback)) }} />
        </span>
        {LANES.map((lane) => (
          <HeatStrip key={lane} lane={lane} timeline={timeline} share={share} />
        ))}
        {playback.locked ? (
          <span className={styles['head']} style={{ insetInlineStart: share(clockOf(playback)) }} />
        ) : (
          LANES.map((lane) => (
            <span
              key={lane}
              className={classes(styles['head'], styles[lane])}
              style={{ insetInlineStart: share(playback.clock[lane]) }}
              title={LANE_NAMES[lane]}
            />
          ))
        )}
      </div>
      <p className={styles['legend']}>
        {MARK_KINDS.filter((kind) => marks.some((mark) => mark.kind === kind)).map((kind) => (
          <span key={kind} data-kind={kind}>
            <MarkIcon kind={kind} /> {MARK_NAMES[kind]}
          </span>
        ))}
        <span className={styles['strips']}>Strips: reward per message, baseline above trained</span>
      </p>
    </div>
  );
}

function moveOf(key: string, shift: boolean): ((state: Playback, timeline: Timeline) => Playback) | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return (state, timeline) => (shift ? moveDecisions(state, timeline, -1) : moveEvents(state, timeline, -1));
    case 'ArrowRight':
    case 'ArrowUp':
      return (state, timeline) => (shift ? moveDecisions(state, timeline, 1) : moveEvents(state, timeline, 1));
    case 'PageDown':
      return (state, timeline) => moveDecisions(state, timeline, -1);
    case 'PageUp':
      return (state, timeline) => moveDecisions(state, timeline, 1);
    case 'Home':
      return (state, timeline) => seek({ ...state, playing: false }, timeline, 0);
    case 'End':
      return (state, timeline) => seekTick({ ...state, playing: false }, timeline, timeline.ticks);
    default:
      return null;
  }
}

function MarkIcon({ kind }: { readonly kind: MarkKind }) {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true" focusable="false">
      <path d={MARK_PATHS[kind]} />
    </svg>
  );
}

interface HeatStripProps {
  readonly lane: Lane;
  readonly timeline: Timeline;
  readonly share: (clock: number) => string;
}

/** A lane's reward, message by message: how far from nothing, to which side. */
function HeatStrip({ lane, timeline, share }: HeatStripProps) {
  return (
    <span className={styles['strip']}>
      {timeline.episode.marks
        .filter((mark) => mark.lane === lane)
        .map(({ position, reward }) => (
          <span
            key={position}
            title={`Tick ${position + 1}, ${lane}: ${signed(reward)}`}
            data-sign={reward < 0 ? 'loss' : 'gain'}
            style={{
              insetInlineStart: share(timeline.endOfTick(position)),
              inlineSize: `calc(${share(timeline.endOfTick(position + 1) - timeline.endOfTick(position))} - 1px)`,
              opacity: Math.min(1, 0.25 + Math.abs(reward) * 1.1),
            }}
          />
        ))}
    </span>
  );
}
