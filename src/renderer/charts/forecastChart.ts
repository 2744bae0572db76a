import type { ReliabilityBin } from '../../contract/evaluationReport.ts';
import { wilson } from '../../contract/wilson.ts';
import { count, percent } from '../lib/format.ts';
import { CHART_FONT, named, shareAxis, textTooltip } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

const [LEAST_DOT, MOST_DOT] = [6, 16];

/** Reliability diagram of one set of forecasts: dots by bin, sized by its messages, with intervals; on the diagonal is calibrated. */
export function forecastChartOption(bins: readonly ReliabilityBin[], event: string, colours: ChartColours): ChartOption {
  const largest = Math.max(1, ...bins.map((bin) => bin.count));
  const intervals = bins.map((bin) => ({ bin, rate: wilson(Math.round(bin.frequency * bin.count), bin.count) }));
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 52, right: 16, top: 12, bottom: 38 },
    xAxis: { ...shareAxis(colours), ...named('forecast') },
    yAxis: shareAxis(colours),
    tooltip: {
      ...textTooltip(colours),
      trigger: 'item',
      formatter: (params) => {
        const item = Array.isArray(params) ? params[0] : params;
        const found = item?.seriesId === 'bins' ? intervals[item.dataIndex] : undefined;
        if (found === undefined) return '';
        const { bin, rate } = found;
        return `Forecast ${percent(bin.confidence)}\n${percent(bin.frequency)} ${event} (${percent(rate?.low ?? null)} to ${percent(rate?.high ?? null)})\n${count(bin.count)} messages`;
      },
    },
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
        lineStyle: { color: colours.muted, width: 1, type: 'dashed' },
      },
      {
        id: 'intervals',
        type: 'custom',
        silent: true,
        animation: false,
        data: intervals.map(({ bin, rate }) => [bin.confidence, rate?.low ?? 0, rate?.high ?? 1]),
        renderItem: (_, api) => {
          const [x, low] = api.coord([api.value(0), api.value(1)]);
          const [, high] = api.coord([api.value(0), api.value(2)]);
          return {
            type: 'line',
            shape: { x1: x ?? 0, y1: low ?? 0, x2: x ?? 0, y2: high ?? 0 },
            style: { stroke: colours.baseline, lineWidth: 1.5 },
          };
        },
      },
      {
        id: 'bins',
        type: 'line',
        data: bins.map(({ confidence, frequency, count: size }) => ({
          value: [confidence, frequency] as [number, number],
          symbolSize: LEAST_DOT + (MOST_DOT - LEAST_DOT) * Math.sqrt(size / largest),
        })),
        symbol: 'circle',
        animation: false,
        z: 3,
        lineStyle: { color: colours.trained, width: 1.5 },
        itemStyle: { color: colours.trained },
      },
    ],
  };
}
