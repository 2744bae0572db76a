import { useMemo } from 'react';
import type { RunSummary } from '../../../contract/runs.ts';
import { activeTheme, useSettings } from '../../app/settings.ts';
import { isUsable, type Range } from '../../charts/axisRange.ts';
import { curveSheetOption, leastPositiveOf, valueRange } from '../../charts/curveChart.ts';
import type { ChartCurve, CurveChartInput } from '../../charts/curveChartInput.ts';
import type { DecodedPanel } from '../../charts/curveData.ts';
import type { ChartOption } from '../../charts/EChart.tsx';
import { runStyle } from '../../charts/runColours.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { useTraining } from './trainingStore.ts';
import type { PanelAnswer } from './usePanelData.ts';
import { useDrawnRange } from './useDrawnRange.ts';

const CLIP_AIR = 0.06;

export interface PanelChart {
  /** What the sheet is drawn around. */
  readonly input: CurveChartInput;
  readonly sheet: ChartOption;
  readonly range: Range;
}

/**
 * The picture of an answer under the page's settings; null when there is nothing to draw.
 * @param panelId the panel, as it names itself when it is dragged; @param yKey as its part of the y axis is kept
 */
export function usePanelChart(panelId: string, yKey: string, runs: readonly RunSummary[], answer: PanelAnswer): PanelChart | null {
  const theme = useSettings(activeTheme);
  const colours = useChartColours();
  const range = useDrawnRange(panelId, answer);
  const yView = useTraining((state) => state.yViews[yKey] ?? null);
  const [yScale, smoothing, band, raw, clip] = [
    useTraining((state) => state.yScale),
    useTraining((state) => state.smoothing.amount > 0),
    useTraining((state) => state.band),
    useTraining((state) => state.raw),
    useTraining((state) => state.clip),
  ];
  const { data, x, xScale } = answer;
  const curves = useMemo(() => {
    const byId = new Map(runs.map((run) => [run.id, run]));
    return (data?.curves ?? []).flatMap((curve): ChartCurve[] => {
      const run = byId.get(curve.run);
      return run === undefined ? [] : [{ ...curve, name: run.name, style: runStyle(run.colour, theme) }];
    });
  }, [data, runs, theme]);
  return useMemo(() => {
    if (data?.domain == null || curves.length === 0) return null;
    const values = clip && data.clip !== null ? clipped(data.clip) : data.values;
    const input: CurveChartInput = {
      curves,
      x: { scale: xScale, from: range[0], to: range[1], kind: x.kind },
      y:
        yView !== null && isUsable(yView, yScale)
          ? { scale: yScale, from: yView[0], to: yView[1] }
          : valueRange(values, leastPositiveOf(curves), yScale),
      smoothing,
      band,
      raw,
      colours,
    };
    return { input, sheet: curveSheetOption(input), range };
  }, [data, x, xScale, curves, range, yView, yScale, smoothing, band, raw, clip, colours]);
}

function clipped({ low, high }: NonNullable<DecodedPanel['clip']>): readonly [number, number] {
  const air = (high - low) * CLIP_AIR;
  return [low - air, high + air];
}
