import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { EpisodeId } from '../../../../contract/ids.ts';
import type { Bookmark, Resimulation } from '../../../../contract/replays.ts';
import { describeError, type Problem } from '../../../platform/describeError.ts';
import { useConnectionState, usePlatform } from '../../../platform/PlatformContext.ts';
import { useLive } from '../../live/LiveContext.ts';
import { loadReplay, type LoadedReplay } from './loadReplay.ts';
import { advance, atEnd, nextDelay, seekTick, START, type Playback } from './playback.ts';
import { clamp, type Timeline } from './timeline.ts';

/** A burst of live steps is read at once. */
const FOLLOW_MS = 300;

export type ReplayState =
  { readonly state: 'loading' } | { readonly state: 'failed'; readonly problem: Problem } | ({ readonly state: 'ready' } & LoadedReplay);

/** The episode from the store; read again while a comparison is playing it. */
export function useReplay(id: EpisodeId): { readonly replay: ReplayState; readonly live: boolean; readonly reload: () => void } {
  const { client } = usePlatform();
  const connected = useConnectionState().status === 'open';
  const [replay, setReplay] = useState<ReplayState>({ state: 'loading' });
  const [wanted, setWanted] = useState(0);
  const live = useLive(({ view }) => view?.episodeId === id && view.queueDepth > 0);
  const steps = useLive(({ view }) => (view?.episodeId === id ? view.totals.baseline.steps + view.totals.trained.steps : null));
  useEffect(() => {
    if (!connected) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(
      () => {
        loadReplay(client, id, abort.signal).then(
          (loaded) => setReplay({ state: 'ready', ...loaded }),
          (error: unknown) => {
            if (!abort.signal.aborted) setReplay({ state: 'failed', problem: describeError(error) });
          },
        );
      },
      steps === null ? 0 : FOLLOW_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [client, id, connected, wanted, steps]);
  return useMemo(() => ({ replay, live, reload: () => setWanted((value) => value + 1) }), [replay, live]);
}

export interface Player {
  readonly playback: Playback;
  readonly update: (change: (state: Playback, timeline: Timeline) => Playback) => void;
}

/** The playhead. It stays where it is when the episode grows, unless it was at the end. */
export function usePlayer(timeline: Timeline, startTick: number | null, startLane: 'baseline' | 'trained'): Player {
  const [playback, setPlayback] = useState<Playback>(() => {
    const first = { ...START, focus: startLane };
    return seekTick(first, timeline, startTick ?? Math.min(1, timeline.ticks));
  });
  const known = useRef(timeline);
  useEffect(() => {
    const before = known.current;
    known.current = timeline;
    if (before === timeline) return;
    setPlayback((state) => (atEnd(state, before) ? { ...state, clock: { baseline: timeline.length, trained: timeline.length } } : state));
  }, [timeline]);
  useEffect(() => {
    if (!playback.playing) return undefined;
    const delay = nextDelay(playback, timeline);
    const timer = setTimeout(() => setPlayback((state) => (state.playing ? advance(state, timeline) : state)), delay ?? 0);
    return () => clearTimeout(timer);
  }, [playback, timeline]);
  const update = useCallback<Player['update']>((change) => setPlayback((state) => change(state, timeline)), [timeline]);
  return useMemo(() => ({ playback: inRange(playback, timeline), update }), [playback, timeline, update]);
}

function inRange(state: Playback, { length }: Timeline): Playback {
  const { baseline, trained } = state.clock;
  return baseline <= length && trained <= length
    ? state
    : { ...state, clock: { baseline: clamp(baseline, 0, length), trained: clamp(trained, 0, length) } };
}

export type Verification =
  | { readonly state: 'idle' | 'running' }
  | { readonly state: 'done'; readonly result: Resimulation }
  | { readonly state: 'failed'; readonly problem: Problem };

const RESIMULATION_TIMEOUT_MS = 120_000;

export interface PlayerActions {
  readonly bookmarks: readonly Bookmark[];
  readonly verification: Verification;
  readonly problem: Problem | null;
  readonly dismiss: () => void;
  readonly verify: () => void;
  readonly addBookmark: (position: number, note: string) => void;
  readonly editBookmark: (bookmark: number, note: string) => void;
  readonly removeBookmark: (bookmark: number) => void;
}

/** What can be done with the episode beside playing it. */
export function usePlayerActions(id: EpisodeId, stored: readonly Bookmark[]): PlayerActions {
  const { client } = usePlatform();
  const [changed, setChanged] = useState<readonly Bookmark[] | null>(null);
  const [verification, setVerification] = useState<Verification>({ state: 'idle' });
  const [problem, setProblem] = useState<Problem | null>(null);
  return useMemo(() => {
    const keep = (call: Promise<readonly Bookmark[]>): void => {
      call.then(setChanged, (error: unknown) => setProblem(describeError(error)));
    };
    return {
      bookmarks: changed ?? stored,
      verification,
      problem,
      dismiss: () => setProblem(null),
      verify: () => {
        setVerification({ state: 'running' });
        client.replays.resimulate({ id }, { context: { timeoutMs: RESIMULATION_TIMEOUT_MS } }).then(
          (result) => setVerification({ state: 'done', result }),
          (error: unknown) => setVerification({ state: 'failed', problem: describeError(error) }),
        );
      },
      addBookmark: (position, note) => keep(client.replays.addBookmark({ id, position, note })),
      editBookmark: (bookmark, note) => keep(client.replays.editBookmark({ id, bookmark, note })),
      removeBookmark: (bookmark) => keep(client.replays.removeBookmark({ id, bookmark })),
    };
  }, [client, id, stored, changed, verification, problem]);
}
