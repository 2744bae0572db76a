import type { TemperatureRecalibration } from '../../contract/review.ts';
import { percent } from '../lib/format.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './rewardChart.ts';

/** Reliability diagram: how often the model was right at each confidence; before dashed, after solid, on the diagonal is calibrated. */
export function reliabilityChartOption({ before, after }: TemperatureRecalibration, colours: ChartColours): ChartOption {
  const axis = {
    type: 'value' as const,
    min: 0,
    max: 1,
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11, formatter: (value: number) => percent(value, 0) },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
    nameTextStyle: { color: colours.muted, fontSize: 11 },
  };
  const series = (id: string, { bins }: TemperatureRecalibration['before'], color: string, type: 'dashed' | 'solid') => ({
    id,
    name: id,
    type: 'line' as const,
    data: bins.map(({ confidence, frequency }) => [confidence, frequency] as [number, number]),
    symbol: 'circle',
    symbolSize: 6,
    animation: false,
    lineStyle: { color, width: 2, type },
    itemStyle: { color },
    emphasis: { disabled: true },
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { left: 48, right: 16, top: 12, bottom: 38 },
    xAxis: { ...axis, name: 'confidence', nameLocation: 'middle', nameGap: 24 },
    yAxis: axis,
    series: [
      {
        id: 'diagonal',
        type: 'line',
        data: [
          [0, 0],
          [1, 1],
        ],
        showSymbol: false,
        silent: true,
        animation: false,
        lineStyle: { color: colours.muted, width: 1 },
      },
      series('before', before, colours.baseline, 'dashed'),
      series('after', after, colours.trained, 'solid'),
    ],
  };
}
