import type { PerLane } from '../../contract/live.ts';
import { count, signed } from '../lib/format.ts';
import { axisStyle, axisTooltip, CHART_FONT, firstShown, guideLines, labelled, plainAxis, plainLine } from './axes.ts';
import type { ChartColours } from './chartColours.ts';
import type { ChartOption } from './EChart.tsx';

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
  const series = (lane: 'baseline' | 'trained', name: string) => ({
    ...plainLine({ id: lane, name, color: colours[lane], type: lane === 'baseline' ? 'dashed' : 'solid' }),
    // Nothing is earned before the first step.
    data: [[0, 0], ...curves[lane]] as [number, number][],
    sampling: 'minmax' as const,
    ...(lane === 'trained' ? { markLine: guideLines(colours, [{ yAxis: 0 }]) } : {}),
  });
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 52, right: 16, top: 12, bottom: 22 },
    xAxis: { ...plainAxis(colours), min: 0, max: 'dataMax', minInterval: 1 },
    yAxis: labelled({ ...axisStyle(colours), scale: true, splitNumber: 4 }, axisFigure),
    tooltip: {
      ...axisTooltip(colours),
      formatter: (points) => {
        const value: unknown = firstShown(points)?.value;
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
