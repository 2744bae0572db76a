import { percent } from '../lib/format.ts';
import type { ChartColours } from './rewardChart.ts';

export const CHART_FONT = 'Inter Variable, system-ui, sans-serif';

/** An axis in the application's manner. */
export function axisStyle(colours: ChartColours) {
  return {
    type: 'value' as const,
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 11 },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
    nameTextStyle: { color: colours.muted, fontSize: 11 },
  };
}

/** An axis of shares from none to all. */
export function shareAxis(colours: ChartColours) {
  const axis = axisStyle(colours);
  return { ...axis, min: 0, max: 1, axisLabel: { ...axis.axisLabel, formatter: (value: number) => percent(value, 0) } };
}

/** A tooltip drawn as text on the canvas, never as HTML. */
export function textTooltip(colours: ChartColours) {
  return {
    renderMode: 'richText' as const,
    confine: true,
    backgroundColor: colours.surface,
    borderColor: colours.muted,
    borderWidth: 1,
    padding: 8,
    textStyle: { color: colours.text, fontSize: 12 },
  };
}
