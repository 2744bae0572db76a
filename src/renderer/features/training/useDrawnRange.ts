import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { widened, type Range } from '../../charts/axisRange.ts';
import { cancelInFrame, inFrame } from '../../charts/frameQueue.ts';
import { areEquallyWide } from '../../charts/sheet.ts';
import { training } from './trainingStore.ts';
import type { PanelAnswer } from './usePanelData.ts';

/** What a panel shows at this moment; what was asked for as long as the answer is on another axis than the page. */
export function shownRange({ data, x, xScale, view }: PanelAnswer): Range {
  const state = training.getState();
  const live = state.x === x && state.xScale === xScale ? state.view : view;
  return live ?? widened(data?.domain ?? [0, 1]);
}

/**
 * The part of the x axis that a panel's sheet is drawn around. It follows answers, and views of another width, each in a frame that has
 * time for it; a view that only moves needs no new sheet.
 */
export function useDrawnRange(panelId: string, answer: PanelAnswer): Range {
  const [zoomed, setZoomed] = useState<{ readonly answer: PanelAnswer; readonly range: Range } | null>(null);
  const range = zoomed?.answer === answer ? zoomed.range : (answer.view ?? widened(answer.data?.domain ?? [0, 1]));
  useEffect(() => {
    const name = `zoom ${panelId}`;
    const unsubscribe = training.subscribe((state, before) => {
      if (state.view === before.view) return;
      const shown = shownRange(answer);
      if (areEquallyWide(range, shown, answer.xScale)) cancelInFrame(name);
      else inFrame(name, () => flushSync(() => setZoomed({ answer, range: shownRange(answer) })), state.dragged === panelId);
    });
    return () => {
      unsubscribe();
      cancelInFrame(name);
    };
  }, [panelId, answer, range]);
  return range;
}
