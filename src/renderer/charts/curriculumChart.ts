import type { CurriculumState } from '../../contract/episodes.ts';
import { fixed, PHASE_NAMES } from '../lib/format.ts';
import { axisTooltip, CHART_FONT, firstShown, guideLines, labelled, named, plainAxis, plainLine } from './axes.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './chartColours.ts';

/** Episode scores (dashed) and their moving average (solid), with the thresholds and where each phase begins. */
export function curriculumChartOption(
  scores: readonly number[],
  states: readonly CurriculumState[],
  thresholds: readonly number[],
  colours: ChartColours,
): ChartOption {
  const axis = plainAxis(colours);
  const points = (values: readonly number[]): [number, number][] => values.map((value, index) => [index + 1, value]);
  const changes = states.flatMap((state, index) => (index > 0 && states[index - 1]?.phase !== state.phase ? [index + 1] : []));
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    grid: { left: 48, right: 16, top: 12, bottom: 38 },
    xAxis: { ...axis, ...named('episode'), min: 1, max: 'dataMax', minInterval: 1 },
    yAxis: labelled({ ...axis, min: 0, max: 1, interval: 0.25 }, (value) => fixed(value)),
    tooltip: {
      ...axisTooltip(colours),
      formatter: (shown) => {
        const index = firstShown(shown)?.dataIndex ?? -1;
        const state = states[index];
        if (state === undefined) return '';
        return `Episode ${index + 1}\nScore ${fixed(scores[index] ?? null)}\nAverage ${fixed(state.average, 3)}\n${PHASE_NAMES[state.phase]}`;
      },
    },
    series: [
      { ...plainLine({ id: 'Score', name: 'Score', color: colours.baseline, type: 'dashed' }), data: points(scores) },
      {
        ...plainLine({ id: 'Average', name: 'Average', color: colours.trained, type: 'solid' }),
        data: points(states.map(({ average }) => average)),
        markLine: guideLines(colours, [
          ...thresholds.map((yAxis) => ({ yAxis })),
          ...changes.map((xAxis) => ({ xAxis, lineStyle: { width: 2 } })),
        ]),
      },
    ],
  };
}
