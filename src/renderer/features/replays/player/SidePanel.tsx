import { useState } from 'react';
import { LANES, type Lane, type LaneStep, type PerLane } from '../../../../contract/live.ts';
import type { Verdict } from '../../../../contract/episodes.ts';
import type { Bookmark } from '../../../../contract/replays.ts';
import { classes } from '../../../lib/classes.ts';
import { count, words } from '../../../lib/format.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { Button } from '../../../widgets/Button.tsx';
import { MessageDetails } from '../../../widgets/message/MessageDetails.tsx';
import { Empty } from '../../../widgets/Notice.tsx';
import { Panel } from '../../../widgets/Panel.tsx';
import { Inspector } from './Inspector.tsx';
import { clockOf, seekTick, tickOf } from './playback.ts';
import type { Timeline } from './timeline.ts';
import type { Player, PlayerActions } from './usePlayer.ts';
import styles from './SidePanel.module.css';

export const SIDES = ['message', 'inspector', 'bookmarks'] as const;
export type Side = (typeof SIDES)[number];
const SIDE_NAMES: { readonly [S in Side]: string } = { message: 'Message', inspector: 'Inspector', bookmarks: 'Bookmarks' };

interface SidePanelProps {
  readonly timeline: Timeline;
  readonly player: Player;
  readonly actions: PlayerActions;
  readonly side: Side;
  readonly onSide: (side: Side) => void;
}

/** What the playhead stands on: the message, everything recorded about a decision, the bookmarks. */
export function SidePanel({ timeline, player, actions, side, onSide }: SidePanelProps) {
  const { playback, update } = player;
  const tick = tickOf(playback, timeline);
  const row = timeline.at(clockOf(playback)).rows.at(-1) ?? null;
  const decided = (lane: Lane): LaneStep | null => row?.steps?.[lane] ?? null;
  const other: Lane = playback.focus === 'trained' ? 'baseline' : 'trained';
  const step = decided(playback.focus) ?? decided(other);
  const verdicts: PerLane<Verdict | null> = {
    baseline: decided('baseline')?.info.verdict ?? null,
    trained: decided('trained')?.info.verdict ?? null,
  };
  const retried = LANES.some((lane) => decided(lane)?.info.retry === true);
  return (
    <Panel
      label="Message and inspector"
      testId="replay-side"
      title={
        <span className={styles['sides']} role="group" aria-label="Shown beside the lanes">
          {SIDES.map((name) => (
            <button
              key={name}
              type="button"
              className={styles['side']}
              aria-pressed={name === side}
              data-testid={`side-${name}`}
              onClick={() => onSide(name)}
            >
              {SIDE_NAMES[name]}
              {name === 'bookmarks' ? ` ${count(actions.bookmarks.length)}` : ''}
            </button>
          ))}
        </span>
      }
      actions={
        side === 'bookmarks' ? undefined : (
          <span className={styles['lanes']} role="group" aria-label="Lane inspected">
            {side === 'message' && retried ? <span className={styles['differs']}>Lanes differ</span> : null}
            {LANES.map((lane) => (
              <button
                key={lane}
                type="button"
                className={classes(styles['side'], styles['framed'])}
                aria-pressed={step?.lane === lane}
                title={`Show what the ${lane} lane saw (M)`}
                disabled={decided(lane) === null}
                onClick={() => update((state) => ({ ...state, focus: lane }))}
              >
                {LANE_NAMES[lane]}
                {decided(lane)?.info.retry === true ? ' (retry)' : ''}
              </button>
            ))}
          </span>
        )
      }
    >
      {side === 'bookmarks' ? (
        <Bookmarks actions={actions} tick={tick} onGo={(to) => update((state, all) => seekTick({ ...state, playing: false }, all, to))} />
      ) : step === null ? (
        <Empty title="Before the first message">Play, or step on.</Empty>
      ) : side === 'message' ? (
        <>
          <p className={styles['place']}>
            {words(step.message.kind)}, tick {step.position + 1} of {timeline.ticks}
          </p>
          <MessageDetails step={step} verdicts={verdicts} />
        </>
      ) : (
        <Inspector step={step} timing={timeline.timing(step.position + 1, step.lane)} episode={timeline.episode} />
      )}
    </Panel>
  );
}

interface BookmarksProps {
  readonly actions: PlayerActions;
  readonly tick: number;
  readonly onGo: (tick: number) => void;
}

function Bookmarks({ actions, tick, onGo }: BookmarksProps) {
  const { bookmarks, editBookmark, removeBookmark } = actions;
  if (bookmarks.length === 0) return <Empty title="No bookmarks yet">B marks the tick under the playhead, with a note if you like.</Empty>;
  return (
    <ul className={styles['bookmarks']} aria-label="Bookmarks">
      {bookmarks.map((bookmark) => (
        <li key={bookmark.id} aria-current={bookmark.position + 1 === tick ? 'true' : undefined}>
          <Button size="small" onClick={() => onGo(bookmark.position + 1)}>
            Tick {bookmark.position + 1}
          </Button>
          <Note bookmark={bookmark} onNote={(note) => editBookmark(bookmark.id, note)} />
          <Button
            size="small"
            icon="trash"
            variant="quiet"
            aria-label={`Remove the bookmark at tick ${bookmark.position + 1}`}
            onClick={() => removeBookmark(bookmark.id)}
          />
        </li>
      ))}
    </ul>
  );
}

function Note({ bookmark, onNote }: { readonly bookmark: Bookmark; readonly onNote: (note: string) => void }) {
  const [text, setText] = useState(bookmark.note);
  const commit = (): void => {
    if (text !== bookmark.note) onNote(text);
  };
  return (
    <input
      aria-label={`Note of the bookmark at tick ${bookmark.position + 1}`}
      placeholder="Note"
      maxLength={500}
      data-testid="bookmark-note"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setText(bookmark.note);
      }}
    />
  );
}
