import type { CurriculumState } from '../../contract/episodes.ts';
import { fixed, PHASE_NAMES } from '../lib/format.ts';
import type { ChartOption } from './EChart.tsx';
import type { ChartColours } from './rewardChart.ts';

/** Episode scores (dashed) and their moving average (solid), with the thresholds and where each phase begins. */
export function curriculumChartOption(
  scores: readonly number[],
  states: readonly CurriculumState[],
  thresholds: readonly number[],
  colours: ChartColours,
): ChartOption {
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { show: false },
    nameTextStyle: { color: colours.muted, fontSize: 11 },
  };
  const points = (values: readonly number[]): [number, number][] => values.map((value, index) => [index + 1, value]);
  const changes = states.flatMap((state, index) => (index > 0 && states[index - 1]?.phase !== state.phase ? [index + 1] : []));
  const series = (name: string, values: readonly number[], color: string, type: 'dashed' | 'solid') => ({
    id: name,
    name,
    type: 'line' as const,
    data: points(values),
    showSymbol: false,
    animation: false,
    lineStyle: { color, width: 2, type },
    itemStyle: { color },
    emphasis: { disabled: true },
  });
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { left: 48, right: 16, top: 12, bottom: 38 },
    xAxis: { ...axis, type: 'value', min: 1, max: 'dataMax', minInterval: 1, name: 'episode', nameLocation: 'middle', nameGap: 24 },
    yAxis: {
      ...axis,
      type: 'value',
      min: 0,
      max: 1,
      interval: 0.25,
      axisLabel: { ...axis.axisLabel, formatter: (value: number) => fixed(value) },
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
      axisPointer: { lineStyle: { color: colours.muted } },
      formatter: (shown) => {
        const [point] = Array.isArray(shown) ? shown : [shown];
        const index = point?.dataIndex ?? -1;
        const state = states[index];
        if (state === undefined) return '';
        return `Episode ${index + 1}\nScore ${fixed(scores[index] ?? null)}\nAverage ${fixed(state.average, 3)}\n${PHASE_NAMES[state.phase]}`;
      },
    },
    series: [
      series('Score', scores, colours.baseline, 'dashed'),
      {
        ...series(
          'Average',
          states.map(({ average }) => average),
          colours.trained,
          'solid',
        ),
        markLine: {
          silent: true,
          symbol: 'none',
          animation: false,
          label: { show: false },
          lineStyle: { color: colours.muted, type: 'solid', width: 1 },
          data: [...thresholds.map((yAxis) => ({ yAxis })), ...changes.map((xAxis) => ({ xAxis, lineStyle: { width: 2 } }))],
        },
      },
    ],
  };
}
