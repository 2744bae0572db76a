import type { PerLane } from '../../contract/live.ts';
import { count, signed } from '../lib/format.ts';
import type { ChartOption } from './EChart.tsx';

export interface ChartColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly baseline: string;
  readonly trained: string;
}

type Curve = readonly (readonly [step: number, reward: number])[];

/** Reward of the last point at or before `step`; null before the first. Points ascend by step. */
export function valueAt(curve: Curve, step: number): number | null {
  let low = 0;
  let high = curve.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((curve[middle]?.[0] ?? Infinity) <= step) low = middle + 1;
    else high = middle;
  }
  return curve[low - 1]?.[1] ?? null;
}

/** Figures along the axis keep as many decimals as they need, at most two. */
function axisFigure(value: number): string {
  return `${value < 0 ? '−' : ''}${Math.abs(value).toLocaleString('en-US', { maximumFractionDigits: 2 })}`;
}

/** Cumulative reward over steps played: baseline dashed, trained solid. */
export function rewardChartOption(curves: PerLane<Curve>, colours: ChartColours): ChartOption {
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
  };
  const series = (lane: 'baseline' | 'trained', name: string) => ({
    id: lane,
    name,
    type: 'line' as const,
    // Nothing is earned before the first step.
    data: [[0, 0], ...curves[lane]] as [number, number][],
    showSymbol: false,
    sampling: 'minmax' as const,
    animation: false,
    lineStyle: { color: colours[lane], width: 2, type: lane === 'baseline' ? ('dashed' as const) : ('solid' as const) },
    itemStyle: { color: colours[lane] },
    emphasis: { disabled: true },
    ...(lane === 'trained'
      ? {
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.muted, type: 'solid' as const, width: 1 },
            data: [{ yAxis: 0 }],
          },
        }
      : {}),
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { left: 52, right: 16, top: 12, bottom: 22 },
    xAxis: {
      ...axis,
      type: 'value',
      min: 0,
      max: 'dataMax',
      minInterval: 1,
      splitLine: { show: false },
    },
    yAxis: { ...axis, type: 'value', scale: true, splitNumber: 4, axisLabel: { ...axis.axisLabel, formatter: axisFigure } },
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
        const step = Array.isArray(value) ? Number(value[0]) : 0;
        const [baseline, trained] = [valueAt(curves.baseline, step), valueAt(curves.trained, step)];
        const print = (reward: number | null): string => (reward === null ? 'not played' : signed(reward));
        const gap = baseline === null || trained === null ? '' : `\nDifference ${signed(trained - baseline)}`;
        return `Step ${count(step)}\nTrained ${print(trained)}\nBaseline ${print(baseline)}${gap}`;
      },
    },
    series: [series('baseline', 'Baseline'), series('trained', 'Trained')],
  };
}
