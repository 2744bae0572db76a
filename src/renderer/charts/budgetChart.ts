import type { GuideBudget } from '../../contract/guide.ts';
import { fixed, signed } from '../lib/format.ts';
import { axisTooltip, CHART_FONT, firstShown, guideLines, labelled, named, plainAxis, plainLine } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

/** Ticks left after each decision (solid, left scale) and the latency reward of each step (dashed, right scale). */
export function budgetChartOption(steps: GuideBudget, total: number, colours: ChartColours): ChartOption {
  const axis = plainAxis(colours);
  const points = (value: (step: GuideBudget[number]) => number) => steps.map((step, index): [number, number] => [index + 1, value(step)]);
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 48, right: 56, top: 12, bottom: 38 },
    xAxis: { ...axis, ...named('decision'), min: 1, max: 'dataMax', minInterval: 1 },
    yAxis: [
      labelled({ ...axis, max: total, splitNumber: 4 }, (value) => fixed(value, 0)),
      labelled({ ...axis, min: -0.4, max: 0, interval: 0.1 }, (value) => fixed(value)),
    ],
    tooltip: {
      ...axisTooltip(colours),
      formatter: (shown) => {
        const index = firstShown(shown)?.dataIndex ?? -1;
        const step = steps[index];
        if (step === undefined) return '';
        return `Decision ${index + 1}\nTicks ${step.ticks}, left ${fixed(step.left, 0)}\nLatency reward ${signed(step.latency)}`;
      },
    },
    series: [
      {
        ...plainLine({ id: 'Ticks left', name: 'Ticks left', color: colours.trained, type: 'solid' }),
        yAxisIndex: 0,
        data: points(({ left }) => left),
        markLine: guideLines(colours, [{ yAxis: 0 }]),
      },
      {
        ...plainLine({ id: 'Latency reward', name: 'Latency reward', color: colours.baseline, type: 'dashed' }),
        yAxisIndex: 1,
        data: points(({ latency }) => latency),
      },
    ],
  };
}
