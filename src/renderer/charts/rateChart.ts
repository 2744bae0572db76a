import { count } from '../lib/format.ts';
import { axisStyle, axisTooltip, CHART_FONT, firstShown, labelled, plainAxis, plainLine } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

export interface RatePoint {
  readonly requests: number;
  readonly steps: number;
}

/** Requests (dashed) and environment steps (solid) a second over the last minute; the newest point is on the right. */
export function rateChartOption(history: readonly RatePoint[], colours: ChartColours): ChartOption {
  const axis = plainAxis(colours);
  const points = (key: keyof RatePoint) => history.map((point, index): [number, number] => [index - history.length + 1, point[key]]);
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 52, right: 16, top: 12, bottom: 22 },
    xAxis: {
      ...axis,
      min: -60,
      max: 0,
      interval: 15,
      axisLabel: { ...axis.axisLabel, showMinLabel: false, formatter: (value: number) => (value === 0 ? 'now' : `${value} s`) },
    },
    yAxis: labelled({ ...axisStyle(colours), min: 0, minInterval: 1, splitNumber: 3 }, count),
    tooltip: {
      ...axisTooltip(colours),
      formatter: (points) => {
        const value: unknown = firstShown(points)?.value;
        const at = Array.isArray(value) ? Number(value[0]) : 0;
        const shown = history[at + history.length - 1];
        if (shown === undefined) return '';
        return `${at === 0 ? 'Last second' : `${-at} s ago`}\nRequests ${count(shown.requests)} / s\nSteps ${count(shown.steps)} / s`;
      },
    },
    series: [
      { ...plainLine({ id: 'requests', name: 'Requests a second', color: colours.baseline, type: 'dashed' }), data: points('requests') },
      { ...plainLine({ id: 'steps', name: 'Steps a second', color: colours.trained, type: 'solid' }), data: points('steps') },
    ],
  };
}
