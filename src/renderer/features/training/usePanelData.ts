import { useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { RunId, SeriesInput } from '../../../contract/runs.ts';
import type { Range } from '../../charts/axisRange.ts';
import { decodePanel, type DecodedPanel } from '../../charts/curveData.ts';
import { cancelInFrame, inFrame } from '../../charts/frameQueue.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { useConnectionState, usePlatform } from '../../platform/PlatformContext.ts';
import { useRuns } from './useRuns.ts';
import { training, useTraining, type TrainingState, type View } from './trainingStore.ts';

/** What is at hand reaches beyond the view, so a drag needs an answer only once it rests, or nears the end of that. */
const SETTLE_MS = 120;
/** Share of its width by which a view may move before more is asked for; an answer reaches beyond its view by all of its width. */
const REACH = 0.6;

interface Held {
  readonly view: View;
  readonly domain: Range | null;
}

/** True while the curves for one view also fill another; beyond the ends of the curves there is nothing to ask for. */
export function covers({ view: held, domain }: Held, view: View): boolean {
  if (held === null) return true;
  const [from, to] = view ?? domain ?? held;
  const [first, last] = domain ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const reach = (held[1] - held[0]) * REACH;
  return Math.max(from, first) >= held[0] - reach && Math.min(to, last) <= held[1] + reach;
}

function isSame(a: View, b: View): boolean {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}

export interface PanelAnswer {
  readonly data: DecodedPanel | null;
  /** What `data` was asked for: on this axis, this part. */
  readonly x: TrainingState['x'];
  readonly xScale: TrainingState['xScale'];
  readonly view: View;
  readonly problem: Problem | null;
}

/**
 * The curves of a panel for what the page shows, asked for again when that changes; until the answer comes the last one stays. A view
 * that moves does not render the panel: only answers do, each in a frame that has time for it.
 * @param panelId the panel, as it names itself when it is dragged
 * @param columns width of the plot in pixels, null while the panel is out of sight
 */
export function usePanelData(panelId: string, metrics: readonly string[], runs: readonly RunId[], columns: number | null): PanelAnswer {
  const { client } = usePlatform();
  const { revision } = useRuns();
  const open = useConnectionState().status === 'open';
  const [x, xScale, smoothing, clip] = [
    useTraining((state) => state.x),
    useTraining((state) => state.xScale),
    useTraining((state) => state.smoothing),
    useTraining((state) => state.clip),
  ];
  const [answer, setAnswer] = useState<PanelAnswer>({ data: null, x, xScale, view: null, problem: null });
  const input = useMemo((): Omit<SeriesInput, 'view'> | null => {
    if (columns === null) return null;
    // A curve's bucket is two pixels wide, and wider when many curves share the panel: a picture of twenty holds no more detail.
    const buckets = Math.max(64, Math.min(1_000, Math.round(columns / (runs.length > 8 ? 3 : 2) / 32) * 32));
    return { runs: [...runs], metrics: [...metrics], x, xScale, buckets, smoothing, clip };
  }, [columns, runs, metrics, x, xScale, smoothing, clip]);
  /** Asks are one at a time, also when what is asked for has changed: an answer to what has been left helps nobody. */
  const busy = useRef(false);
  const next = useRef<(() => Promise<void>) | null>(null);
  useEffect(() => {
    if (input === null || !open) return undefined;
    const name = `answer ${panelId}`;
    let held: Held | null = null;
    let stopped = false;
    const ask = async (): Promise<void> => {
      const { view } = training.getState();
      try {
        const answered = await client.runs.series({ ...input, view: view === null ? null : [view[0], view[1]] });
        if (stopped) return;
        held = { view, domain: answered.domain };
        const { x: askedX, xScale: askedScale } = input;
        inFrame(
          name,
          () => flushSync(() => setAnswer({ data: decodePanel(answered), x: askedX, xScale: askedScale, view, problem: null })),
          training.getState().dragged === panelId,
        );
        follow();
      } catch (error) {
        if (!stopped) setAnswer((before) => ({ ...before, problem: describeError(error) }));
      }
    };
    const run = async (): Promise<void> => {
      busy.current = true;
      for (let work = next.current; work !== null; work = next.current) {
        next.current = null;
        await work();
      }
      busy.current = false;
    };
    const request = (): void => {
      if (stopped) return;
      next.current = ask;
      if (!busy.current) void run();
    };
    let timer: ReturnType<typeof setTimeout> | null = null;
    const follow = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      const { view } = training.getState();
      if (held === null || isSame(held.view, view)) return;
      if (covers(held, view)) timer = setTimeout(request, SETTLE_MS);
      else request();
    };
    const unsubscribe = training.subscribe((state, before) => {
      // A view on another axis is for another question.
      if (state.view !== before.view && state.x === input.x && state.xScale === input.xScale) follow();
    });
    request();
    return () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      unsubscribe();
      cancelInFrame(name);
      if (next.current === ask) next.current = null;
    };
  }, [client, input, open, revision, panelId]);
  return answer;
}
