import { useEffect, useMemo, useRef, useState } from 'react';
import type { RunId, SeriesInput } from '../../../contract/runs.ts';
import { decodePanel, type DecodedPanel } from '../../charts/curveData.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { useConnectionState, usePlatform } from '../../platform/PlatformContext.ts';
import { useRuns } from './useRuns.ts';
import { useTraining } from './trainingStore.ts';

/** What is at hand reaches beyond the view, so a drag needs an answer only once it rests, or nears the end of that. */
const SETTLE_MS = 120;
/** Share of its width by which the backend's answer reaches beyond a view, less a reserve. */
const REACH = 0.6;

/** True while the curves for one view also fill another. */
function covers(held: SeriesInput['view'], view: SeriesInput['view']): boolean {
  if (held === null || view === null) return true;
  const reach = (held[1] - held[0]) * REACH;
  return view[0] >= held[0] - reach && view[1] <= held[1] + reach;
}

export interface PanelAnswer {
  readonly data: DecodedPanel | null;
  readonly problem: Problem | null;
}

/**
 * The curves of a panel for what the page shows, asked for again when that changes; until the answer comes the last one stays.
 * @param columns width of the plot in pixels, null while the panel is out of sight
 */
export function usePanelData(metrics: readonly string[], runs: readonly RunId[], columns: number | null): PanelAnswer {
  const { client } = usePlatform();
  const { revision } = useRuns();
  const open = useConnectionState().status === 'open';
  const [x, xScale, view, smoothing, clip] = [
    useTraining((state) => state.x),
    useTraining((state) => state.xScale),
    useTraining((state) => state.view),
    useTraining((state) => state.smoothing),
    useTraining((state) => state.clip),
  ];
  const [answer, setAnswer] = useState<PanelAnswer>({ data: null, problem: null });
  const input = useMemo((): SeriesInput | null => {
    if (columns === null) return null;
    // A curve's bucket is two pixels wide, and wider when many curves share the panel: a picture of twenty holds no more detail.
    const buckets = Math.max(64, Math.min(1_000, Math.round(columns / (runs.length > 8 ? 3 : 2) / 32) * 32));
    return { runs: [...runs], metrics: [...metrics], x, xScale, view: view === null ? null : [view[0], view[1]], buckets, smoothing, clip };
  }, [columns, runs, metrics, x, xScale, view, smoothing, clip]);
  const wanted = useRef<SeriesInput | null>(null);
  const busy = useRef(false);
  const held = useRef<SeriesInput['view']>(null);
  useEffect(() => {
    wanted.current = open ? input : null;
    if (input === null || !open) return undefined;
    const ask = async (): Promise<void> => {
      // One question at a time: an answer to a view that has been left helps nobody.
      if (busy.current) return;
      busy.current = true;
      for (let asked: SeriesInput | null = null; wanted.current !== null && wanted.current !== asked;) {
        asked = wanted.current;
        try {
          const data = decodePanel(await client.runs.series(asked));
          held.current = asked.view;
          setAnswer({ data, problem: null });
        } catch (error) {
          setAnswer((before) => ({ ...before, problem: describeError(error) }));
        }
      }
      busy.current = false;
    };
    const timer = setTimeout(() => void ask(), covers(held.current, input.view) ? SETTLE_MS : 0);
    return () => clearTimeout(timer);
  }, [client, input, open, revision]);
  useEffect(
    () => () => {
      wanted.current = null;
    },
    [],
  );
  return answer;
}
