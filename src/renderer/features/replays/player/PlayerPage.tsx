import { Fragment, useEffect, useMemo, useRef, useState } from 'react';
import type { EpisodeId } from '../../../../contract/ids.ts';
import type { Lane } from '../../../../contract/live.ts';
import type { Command } from '../../../app/commands.ts';
import type { CommandId } from '../../../app/keys/catalogue.ts';
import { useCommands } from '../../../app/useCommands.ts';
import { goToPlace, placeHref } from '../../../app/useRoute.ts';
import { LANE_NAMES } from '../../../lib/laneNames.ts';
import { Button } from '../../../widgets/Button.tsx';
import { Empty, Notice } from '../../../widgets/Notice.tsx';
import { DifferenceGutter } from './DifferenceGutter.tsx';
import { EpisodeHeader } from './EpisodeHeader.tsx';
import type { LoadedReplay } from './loadReplay.ts';
import { scrubMarks } from './marks.ts';
import { changeSpeed, moveDecisions, moveEvents, nextDisagreement, seek, seekTick, tickOf, toggleLock, togglePlay } from './playback.ts';
import { ReplayLane } from './ReplayLane.tsx';
import { ScrubBar } from './ScrubBar.tsx';
import { SidePanel, type Side } from './SidePanel.tsx';
import { Transport, type ShownLanes } from './Transport.tsx';
import { usePlayer, usePlayerActions, useReplay, type Player, type PlayerActions } from './usePlayer.ts';
import styles from './PlayerPage.module.css';

interface PlayerPageProps {
  readonly id: EpisodeId;
  /** Tick that the address names. */
  readonly at: number | null;
  readonly lane: Lane;
}

/** One stored episode, played on one clock in both lanes. */
export function PlayerPage({ id, at, lane }: PlayerPageProps) {
  const { replay, live, reload } = useReplay(id);
  if (replay.state === 'loading') return <Empty title="Reading the episode…" />;
  if (replay.state === 'failed') {
    return (
      <div className={styles['failed']}>
        <Notice
          tone="problem"
          testId="replay-problem"
          title={replay.problem.message}
          advice={replay.problem.advice}
          actions={
            <>
              <Button onClick={reload}>Try again</Button>
              <a href="#/replays">Open the library</a>
            </>
          }
        />
      </div>
    );
  }
  return <Loaded id={id} at={at} lane={lane} live={live} loaded={replay} reload={reload} />;
}

interface LoadedProps extends PlayerPageProps {
  readonly live: boolean;
  readonly loaded: LoadedReplay;
  readonly reload: () => void;
}

const NEXT_SHOWN: { readonly [S in ShownLanes]: ShownLanes } = { both: 'baseline', baseline: 'trained', trained: 'both' };

function Loaded({ id, at, lane, live, loaded, reload }: LoadedProps) {
  const { timeline, labels } = loaded;
  const player = usePlayer(timeline, at, lane);
  const actions = usePlayerActions(id, timeline.episode.bookmarks);
  const [shown, setShown] = useState<ShownLanes>('both');
  const [swapped, setSwapped] = useState(false);
  const [side, setSide] = useState<Side>('message');
  const { playback } = player;
  const tick = tickOf(playback, timeline);
  const marks = useMemo(() => scrubMarks(timeline.episode.marks, labels, actions.bookmarks), [timeline, labels, actions.bookmarks]);
  const controls = useMemo(() => ({ shown, setShown, setSwapped, setSide }), [shown]);
  usePlayerCommands(player, actions, tick, controls);
  useAddress(id, player, tick, at);

  const order: readonly Lane[] = swapped ? ['trained', 'baseline'] : ['baseline', 'trained'];
  const lanes = order.filter((name) => shown === 'both' || shown === name);
  return (
    <div className={styles['page']}>
      <EpisodeHeader timeline={timeline} tick={tick} lane={playback.focus} actions={actions} reload={reload} />
      <Transport
        timeline={timeline}
        player={player}
        live={live}
        shown={shown}
        swapped={swapped}
        onShow={setShown}
        onSwap={() => setSwapped((value) => !value)}
      />
      <ScrubBar timeline={timeline} player={player} marks={marks} />
      {timeline.length === 0 || timeline.ticks === 0 ? (
        <Empty title="No message was played in this episode" />
      ) : (
        <div className={styles['panels']} data-shown={shown}>
          <SidePanel timeline={timeline} player={player} actions={actions} side={side} onSide={setSide} />
          {lanes.map((name, index) => (
            <Fragment key={name}>
              {index === 1 ? <DifferenceGutter timeline={timeline} playback={playback} /> : null}
              <ReplayLane lane={name} timeline={timeline} player={player} />
            </Fragment>
          ))}
        </div>
      )}
      <p className="visually-hidden" role="status" aria-live="polite">
        {playback.playing ? '' : `Tick ${tick} of ${timeline.ticks}, ${LANE_NAMES[playback.focus]} lane`}
      </p>
    </div>
  );
}

interface Controls {
  readonly shown: ShownLanes;
  readonly setShown: (shown: ShownLanes) => void;
  readonly setSwapped: (change: (swapped: boolean) => boolean) => void;
  readonly setSide: (side: Side) => void;
}

function usePlayerCommands({ update }: Player, actions: PlayerActions, tick: number, controls: Controls): void {
  const { verify, addBookmark, verification } = actions;
  const commands = useMemo<readonly Command[]>(() => {
    const command = (id: CommandId, run: () => void, part: Partial<Command> = {}): Command => ({ id, enabled: true, run, ...part });
    const repeats = { repeats: true };
    const bookmark = (): void => {
      addBookmark(Math.max(0, tick - 1), '');
      controls.setSide('bookmarks');
    };
    return [
      command('replay.play', () => update(togglePlay)),
      command('replay.event-back', () => update((state, all) => moveEvents(state, all, -1)), repeats),
      command('replay.event-on', () => update((state, all) => moveEvents(state, all, 1)), repeats),
      command('replay.decision-back', () => update((state, all) => moveDecisions(state, all, -1)), repeats),
      command('replay.decision-on', () => update((state, all) => moveDecisions(state, all, 1)), repeats),
      command('replay.disagreement', () => update((state, all) => nextDisagreement(state, all, 1))),
      command('replay.disagreement-back', () => update((state, all) => nextDisagreement(state, all, -1))),
      command('replay.restart', () => update((state, all) => seek({ ...state, playing: false }, all, 0))),
      command('replay.end', () => update((state, all) => seek({ ...state, playing: false }, all, all.length))),
      command('replay.slower', () => update((state) => changeSpeed(state, -1))),
      command('replay.faster', () => update((state) => changeSpeed(state, 1))),
      command('replay.idle', () => update((state) => ({ ...state, skipIdle: !state.skipIdle }))),
      command('replay.bookmark', bookmark),
      command('replay.lock', () => update((state) => toggleLock(state))),
      command('replay.focus', () => update((state) => ({ ...state, focus: state.focus === 'trained' ? 'baseline' : 'trained' }))),
      command('replay.lanes', () => controls.setShown(NEXT_SHOWN[controls.shown])),
      command('replay.swap', () => controls.setSwapped((value) => !value)),
      command('replay.verify', verify, { enabled: verification.state !== 'running' }),
      command('replay.library', () => goToPlace(placeHref('replays'))),
    ];
  }, [update, verify, addBookmark, verification.state, tick, controls]);
  useCommands(commands);
}

/** The address names the tick at rest, so that it can be copied or reloaded; an address that someone else sets moves the playhead. */
function useAddress(id: EpisodeId, { playback, update }: Player, tick: number, at: number | null): void {
  const { focus, playing } = playback;
  const written = useRef<number | null>(at);
  useEffect(() => {
    if (playing) return;
    written.current = tick;
    goToPlace(placeHref('replays', { path: [id], query: { at: tick, lane: focus } }), { replace: true });
  }, [id, tick, focus, playing]);
  useEffect(() => {
    if (at === null || at === written.current) return;
    written.current = at;
    update((state, all) => seekTick({ ...state, playing: false }, all, at));
  }, [at, update]);
}
