import { count } from '../lib/format.ts';
import type { ChartColours } from './rewardChart.ts';
import type { ChartOption } from './EChart.tsx';

export interface RatePoint {
  readonly requests: number;
  readonly steps: number;
}

/** Requests (dashed) and environment steps (solid) a second over the last minute; the newest point is on the right. */
export function rateChartOption(history: readonly RatePoint[], colours: ChartColours): ChartOption {
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
  };
  const series = (name: string, key: keyof RatePoint, color: string, type: 'dashed' | 'solid') => ({
    id: key,
    name,
    type: 'line' as const,
    data: history.map((point, index): [number, number] => [index - history.length + 1, point[key]]),
    showSymbol: false,
    animation: false,
    lineStyle: { color, width: 2, type },
    itemStyle: { color },
    emphasis: { disabled: true },
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { left: 52, right: 16, top: 12, bottom: 22 },
    xAxis: {
      ...axis,
      type: 'value',
      min: -60,
      max: 0,
      interval: 15,
      splitLine: { show: false },
      axisLabel: { ...axis.axisLabel, showMinLabel: false, formatter: (value: number) => (value === 0 ? 'now' : `${value} s`) },
    },
    yAxis: { ...axis, type: 'value', min: 0, minInterval: 1, splitNumber: 3, axisLabel: { ...axis.axisLabel, formatter: count } },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.muted,
      borderWidth: 1,
      padding: 8,
      textStyle: { color: colours.text, fontSize: 12 },
      axisPointer: { lineStyle: { color: colours.muted } },
      formatter: (points) => {
        const [point] = Array.isArray(points) ? points : [points];
        const value: unknown = point?.value;
        const at = Array.isArray(value) ? Number(value[0]) : 0;
        const shown = history[at + history.length - 1];
        if (shown === undefined) return '';
        return `${at === 0 ? 'Last second' : `${-at} s ago`}\nRequests ${count(shown.requests)} / s\nSteps ${count(shown.steps)} / s`;
      },
    },
    series: [
      series('Requests a second', 'requests', colours.baseline, 'dashed'),
      series('Steps a second', 'steps', colours.trained, 'solid'),
    ],
  };
}
