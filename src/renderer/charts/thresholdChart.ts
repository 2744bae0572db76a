import type { ThresholdRecalibration } from '../../contract/review.ts';
import { fixed, percent } from '../lib/format.ts';
import { axisStyle, axisTooltip, CHART_FONT, firstShown, guideLines, labelled, named, plainAxis, plainLine } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

/** Mean reward of SEMANTIC_DIFF over the threshold, with the present one (dashed) and the refitted one (solid). */
export function thresholdChartOption({ curve, before, after }: ThresholdRecalibration, colours: ChartColours): ChartOption {
  const mark = (threshold: number, type: 'dashed' | 'solid', color: string) => ({
    xAxis: threshold,
    lineStyle: { type, color, width: 2 },
  });
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 48, right: 16, top: 12, bottom: 38 },
    xAxis: { ...plainAxis(colours), ...named('threshold'), min: 0, max: 1 },
    yAxis: labelled({ ...axisStyle(colours), scale: true, splitNumber: 4 }, (value) => fixed(value, 2)),
    tooltip: {
      ...axisTooltip(colours),
      formatter: (points) => {
        const figures = curve[firstShown(points)?.dataIndex ?? -1];
        if (figures === undefined) return '';
        return `Threshold ${fixed(figures.threshold)}\nReward ${fixed(figures.reward, 3)}\nRecall ${percent(figures.recall)}\nFalse positives ${percent(figures.falsePositiveRate)}`;
      },
    },
    series: [
      {
        ...plainLine({ id: 'reward', name: 'Mean reward', color: colours.text, type: 'solid', width: 1.5 }),
        data: curve.map(({ threshold, reward }) => [threshold, reward] as [number, number]),
        markLine: guideLines(colours, [
          mark(before.threshold, 'dashed', colours.baseline),
          mark(after.threshold, 'solid', colours.trained),
        ]),
      },
    ],
  };
}
