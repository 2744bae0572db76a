import type { GuideBudget } from '../../contract/guide.ts';
import { fixed, signed } from '../lib/format.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './rewardChart.ts';

/** Ticks left after each decision (solid, left scale) and the latency reward of each step (dashed, right scale). */
export function budgetChartOption(steps: GuideBudget, total: number, colours: ChartColours): ChartOption {
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { show: false },
    nameTextStyle: { color: colours.muted, fontSize: 11 },
  };
  const series = (name: string, values: readonly number[], yAxisIndex: number, color: string, type: 'dashed' | 'solid') => ({
    id: name,
    name,
    type: 'line' as const,
    yAxisIndex,
    data: values.map((value, index): [number, number] => [index + 1, value]),
    showSymbol: false,
    animation: false,
    lineStyle: { color, width: 2, type },
    itemStyle: { color },
    emphasis: { disabled: true },
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { left: 48, right: 56, top: 12, bottom: 38 },
    xAxis: { ...axis, type: 'value', min: 1, max: 'dataMax', minInterval: 1, name: 'decision', nameLocation: 'middle', nameGap: 24 },
    yAxis: [
      {
        ...axis,
        type: 'value',
        max: total,
        splitNumber: 4,
        axisLabel: { ...axis.axisLabel, formatter: (value: number) => fixed(value, 0) },
      },
      {
        ...axis,
        type: 'value',
        min: -0.4,
        max: 0,
        interval: 0.1,
        axisLabel: { ...axis.axisLabel, formatter: (value: number) => fixed(value) },
      },
    ],
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
      formatter: (shown) => {
        const [point] = Array.isArray(shown) ? shown : [shown];
        const step = steps[point?.dataIndex ?? -1];
        if (step === undefined) return '';
        return `Decision ${(point?.dataIndex ?? 0) + 1}\nTicks ${step.ticks}, left ${fixed(step.left, 0)}\nLatency reward ${signed(step.latency)}`;
      },
    },
    series: [
      {
        ...series(
          'Ticks left',
          steps.map(({ left }) => left),
          0,
          colours.trained,
          'solid',
        ),
        markLine: {
          silent: true,
          symbol: 'none',
          animation: false,
          label: { show: false },
          lineStyle: { color: colours.muted, type: 'solid', width: 1 },
          data: [{ yAxis: 0 }],
        },
      },
      series(
        'Latency reward',
        steps.map(({ latency }) => latency),
        1,
        colours.baseline,
        'dashed',
      ),
    ],
  };
}
