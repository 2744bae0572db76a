import type { RocPoint } from '../../contract/evaluationReport.ts';
import { percent } from '../lib/format.ts';
import { CHART_FONT, named, shareAxis, textTooltip } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

interface RocCurve {
  readonly system: string;
  readonly points: readonly RocPoint[];
}

/** ROC curves, the first one solid, the others in dashes of their own; `point` is marked on the first. */
export function rocChartOption(curves: readonly RocCurve[], point: RocPoint | null, colours: ChartColours): ChartOption {
  const dashes = ['dashed', 'dotted', [10, 3, 2, 3]] as const;
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 52, right: 16, top: 30, bottom: 38 },
    legend: {
      top: 2,
      itemHeight: 8,
      textStyle: { color: colours.text, fontSize: 11 },
      selectedMode: false,
      data: curves.map(({ system }) => system),
    },
    xAxis: { ...shareAxis(colours), ...named('false-positive rate') },
    yAxis: shareAxis(colours),
    tooltip: {
      ...textTooltip(colours),
      trigger: 'item',
      formatter: (params) => {
        const item = Array.isArray(params) ? params[0] : params;
        const value: unknown = item?.value;
        if (item === undefined || !Array.isArray(value)) return '';
        return `${item.seriesName ?? ''}\nFalse positives ${percent(Number(value[0]))}\nRecall ${percent(Number(value[1]))}`;
      },
    },
    series: [
      {
        id: 'chance',
        type: 'line',
        data: [
          [0, 0],
          [1, 1],
        ],
        showSymbol: false,
        silent: true,
        animation: false,
        lineStyle: { color: colours.line, width: 1 },
      },
      ...curves.map(({ system, points }, index) => {
        const color = index === 0 ? colours.trained : colours.baseline;
        const dash = dashes[(index - 1) % dashes.length] ?? 'dashed';
        return {
          id: system,
          name: system,
          type: 'line' as const,
          data: points.map(([x, y]): [number, number] => [x, y]),
          symbolSize: 4,
          symbol: 'circle',
          showSymbol: false,
          animation: false,
          lineStyle: {
            color,
            width: index === 0 ? 2 : 1.5,
            type: index === 0 ? ('solid' as const) : typeof dash === 'string' ? dash : [...dash],
          },
          itemStyle: { color },
        };
      }),
      ...(point === null
        ? []
        : [
            {
              id: 'threshold',
              name: 'At the threshold',
              type: 'line' as const,
              data: [[point[0], point[1]] as [number, number]],
              symbol: 'circle',
              symbolSize: 11,
              animation: false,
              z: 5,
              itemStyle: { color: colours.surface, borderColor: colours.text, borderWidth: 2 },
            },
          ]),
    ],
  };
}
