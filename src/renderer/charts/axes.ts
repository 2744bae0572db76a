import { percent } from '../lib/format.ts';
import type { ChartColours } from './chartColours.ts';

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

/** An axis without lines across the plot. */
export function plainAxis(colours: ChartColours) {
  return { ...axisStyle(colours), splitLine: { show: false } };
}

/** Figures along an axis. */
export function labelled<Axis extends { readonly axisLabel: object }>(axis: Axis, formatter: (value: number) => string) {
  return { ...axis, axisLabel: { ...axis.axisLabel, formatter } };
}

/** A name in the middle below a horizontal axis; the plot then needs 38 px below. */
export function named(name: string) {
  return { name, nameLocation: 'middle' as const, nameGap: 24 };
}

/** An axis of shares from none to all. */
export function shareAxis(colours: ChartColours) {
  return labelled({ ...axisStyle(colours), min: 0, max: 1 }, (value) => percent(value, 0));
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

/** A text tooltip for whatever lies above and below the pointer, with a line through the plot. */
export function axisTooltip(colours: ChartColours) {
  return { ...textTooltip(colours), trigger: 'axis' as const, axisPointer: { lineStyle: { color: colours.muted } } };
}

/** The first of what a tooltip of an axis is about. */
export function firstShown<Point>(shown: Point | readonly Point[]): Point | undefined {
  return Array.isArray(shown) ? (shown as readonly Point[])[0] : (shown as Point);
}

interface LineLook {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly type: 'dashed' | 'solid' | 'dotted';
  readonly width?: number;
}

/** A line without dots that answers no pointer of its own. */
export function plainLine({ id, name, color, type, width = 2 }: LineLook) {
  return {
    id,
    name,
    type: 'line' as const,
    showSymbol: false,
    animation: false,
    lineStyle: { color, width, type },
    itemStyle: { color },
    emphasis: { disabled: true },
  };
}

/** Straight lines through the plot, without labels. */
export function guideLines<Line extends object>(colours: ChartColours, data: readonly Line[]) {
  return {
    silent: true,
    symbol: 'none' as const,
    animation: false,
    label: { show: false },
    lineStyle: { color: colours.muted, type: 'solid' as const, width: 1 },
    data: [...data],
  };
}
