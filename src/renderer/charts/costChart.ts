import { fixed, percent } from '../lib/format.ts';
import { axisStyle, axisTooltip, CHART_FONT, firstShown, guideLines, labelled, plainAxis, plainLine, shareAxis } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

export interface CostChartPoint {
  readonly threshold: number;
  readonly regret: number;
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
}

interface Marks {
  readonly threshold: number;
  /** Cost of the actions as they were taken; null when unknown. */
  readonly decided: number | null;
}

/** Cost (left), recall and false-positive rate (right) over the alarm threshold; a line at the one chosen. */
export function costChartOption(curve: readonly CostChartPoint[], { threshold, decided }: Marks, colours: ChartColours): ChartOption {
  const line = (
    id: string,
    yAxisIndex: number,
    value: (point: CostChartPoint) => number | null,
    color: string,
    type: 'solid' | 'dashed' | 'dotted',
  ) => ({
    ...plainLine({ id, name: id, color, type, width: id === 'Cost' ? 2 : 1.5 }),
    yAxisIndex,
    data: curve.map((point): [number, number | null] => [point.threshold, value(point)]),
  });
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 52, right: 48, top: 30, bottom: 24 },
    legend: { top: 2, itemHeight: 8, textStyle: { color: colours.text, fontSize: 11 }, selectedMode: false },
    xAxis: { ...plainAxis(colours), min: 0, max: 1 },
    yAxis: [labelled({ ...axisStyle(colours), min: 0 }, (value) => fixed(value, 2)), { ...shareAxis(colours), splitLine: { show: false } }],
    tooltip: {
      ...axisTooltip(colours),
      formatter: (points) => {
        const figures = curve[firstShown(points)?.dataIndex ?? -1];
        if (figures === undefined) return '';
        return `Threshold ${fixed(figures.threshold, 3)}\nCost ${fixed(figures.regret, 3)}\nRecall ${percent(figures.recall)}\nFalse positives ${percent(figures.falsePositiveRate)}`;
      },
    },
    series: [
      {
        ...line('Cost', 0, ({ regret }) => regret, colours.trained, 'solid'),
        markLine: guideLines(colours, [
          { xAxis: threshold, lineStyle: { type: 'solid' as const, color: colours.text, width: 1.5 } },
          ...(decided === null ? [] : [{ yAxis: decided, lineStyle: { type: 'dotted' as const, color: colours.muted, width: 1.5 } }]),
        ]),
      },
      line('Recall', 1, ({ recall }) => recall, colours.text, 'dashed'),
      line('False positives', 1, ({ falsePositiveRate }) => falsePositiveRate, colours.baseline, 'dotted'),
    ],
  };
}
