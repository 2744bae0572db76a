import type { TemperatureRecalibration } from '../../contract/review.ts';
import { CHART_FONT, named, plainLine, shareAxis } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

/** Reliability diagram: how often the model was right at each confidence; before dashed, after solid, on the diagonal is calibrated. */
export function reliabilityChartOption({ before, after }: TemperatureRecalibration, colours: ChartColours): ChartOption {
  const series = (id: string, { bins }: TemperatureRecalibration['before'], color: string, type: 'dashed' | 'solid') => ({
    ...plainLine({ id, name: id, color, type }),
    data: bins.map(({ confidence, frequency }) => [confidence, frequency] as [number, number]),
    showSymbol: true,
    symbol: 'circle',
    symbolSize: 6,
  });
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 48, right: 16, top: 12, bottom: 38 },
    xAxis: { ...shareAxis(colours), ...named('confidence') },
    yAxis: shareAxis(colours),
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
