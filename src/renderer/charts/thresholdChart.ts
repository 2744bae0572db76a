import type { ThresholdRecalibration } from '../../contract/review.ts';
import { fixed, percent } from '../lib/format.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './rewardChart.ts';

/** Mean reward of SEMANTIC_DIFF over the threshold, with the present one (dashed) and the refitted one (solid). */
export function thresholdChartOption({ curve, before, after }: ThresholdRecalibration, colours: ChartColours): ChartOption {
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
    nameTextStyle: { color: colours.muted, fontSize: 11 },
  };
  const mark = (threshold: number, type: 'dashed' | 'solid', color: string) => ({
    xAxis: threshold,
    lineStyle: { type, color, width: 2 },
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { left: 48, right: 16, top: 12, bottom: 38 },
    xAxis: { ...axis, type: 'value', min: 0, max: 1, name: 'threshold', nameLocation: 'middle', nameGap: 24, splitLine: { show: false } },
    yAxis: {
      ...axis,
      type: 'value',
      scale: true,
      splitNumber: 4,
      axisLabel: { ...axis.axisLabel, formatter: (value: number) => fixed(value, 2) },
    },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.muted,
      borderWidth: 1,
      padding: 8,
      textStyle: { color: colours.text, fontSize: 12 },
      formatter: (points) => {
        const [point] = Array.isArray(points) ? points : [points];
        const figures = curve[point?.dataIndex ?? -1];
        if (figures === undefined) return '';
        return `Threshold ${fixed(figures.threshold)}\nReward ${fixed(figures.reward, 3)}\nRecall ${percent(figures.recall)}\nFalse positives ${percent(figures.falsePositiveRate)}`;
      },
    },
    series: [
      {
        id: 'reward',
        name: 'Mean reward',
        type: 'line',
        data: curve.map(({ threshold, reward }) => [threshold, reward] as [number, number]),
        showSymbol: false,
        animation: false,
        lineStyle: { color: colours.text, width: 1.5 },
        itemStyle: { color: colours.text },
        emphasis: { disabled: true },
        markLine: {
          silent: true,
          symbol: 'none',
          animation: false,
          label: { show: false },
          data: [mark(before.threshold, 'dashed', colours.baseline), mark(after.threshold, 'solid', colours.trained)],
        },
      },
    ],
  };
}
