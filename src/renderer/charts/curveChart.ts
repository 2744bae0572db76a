import type { CustomSeriesOption } from 'echarts/charts';
import type { XAxis } from '../../contract/runs.ts';
import { shareOf } from './axisRange.ts';
import { lowerBound, type CurveData } from './curveData.ts';
import type { AxisRange, ChartCurve, CurveChartInput } from './curveChartInput.ts';
import type { ChartOption } from './EChart.tsx';
import { shortFigure, xFigure } from './figures.ts';
import { axisStyle, CHART_FONT } from './axes.ts';
import { curveShapes, placement, type Box, type Layer } from './curveShapes.ts';
import type { ChartColours } from './chartColours.ts';
import type { RunStyle } from './runColours.ts';
import { SCALES, ticksOf, type ScaleKind } from './scale.ts';
import { OVERSCAN, sheetRange } from './sheet.ts';

/** Distances between the picture's edge and the plot, in CSS pixels. */
export const PLOT_MARGIN = { left: 54, right: 22, top: 8, bottom: 22 } as const;

/**
 * All curves of a layer as one series: forty series of one curve each cost a chart more than their forty thousand points.
 */
function layerSeries(layer: Layer, curves: readonly ChartCurve[], input: CurveChartInput): CustomSeriesOption {
  return {
    id: layer,
    type: 'custom',
    data: [[SCALES[input.x.scale].forward(input.x.from), SCALES[input.y.scale].forward(input.y.from)]],
    silent: true,
    clip: true,
    animation: false,
    z: layer === 'band' ? 1 : layer === 'raw' ? 2 : 3,
    renderItem: (params) => {
      const box = params.coordSys as unknown as Box;
      return { type: 'group', children: curves.flatMap((curve) => curveShapes(curve, layer, input, box)) };
    },
  };
}

/** A series without a picture that puts its run into the legend. */
function legendEntry({ name, style, run }: ChartCurve): CustomSeriesOption {
  return {
    id: `legend ${run}`,
    name: `${style.number} ${name}`,
    type: 'custom',
    data: [],
    itemStyle: { color: style.colour },
    renderItem: () => null,
  };
}

const LABEL_HEIGHT = 11;

export interface EndPlace {
  readonly style: RunStyle;
  /** Where the curve ends, or leaves the view, in pixels of the box. */
  readonly x: number;
  readonly y: number;
}

/** Where the curves end, so that their numbers can stand there and a curve is known without its colour. Crowded ones are left out. */
export function endPlaces(input: CurveChartInput, box: Box): readonly EndPlace[] {
  const { curves, x, smoothing } = input;
  const place = placement(input, box);
  const right = box.x + box.width;
  const taken: EndPlace[] = [];
  for (const curve of curves) {
    const values = smoothing ? curve.smoothed : curve.y;
    let last = Math.min(curve.x.length, lowerBound(curve.x, x.to) + 1) - 1;
    while (last >= 0 && ((curve.x[last] as number) > x.to || !Number.isFinite(values[last]))) last -= 1;
    if (last < 0) continue;
    const [at, height] = edgePlace(place(curve.x[last] as number, values[last] as number), nextPlace(curve, values, last, place), right);
    const inside = at >= box.x && at <= right + 1 && height >= box.y && height <= box.y + box.height;
    const crowded = taken.some((other) => Math.abs(other.y - height) < LABEL_HEIGHT && Math.abs(other.x - at) < LABEL_HEIGHT * 2);
    if (inside && !crowded) taken.push({ style: curve.style, x: at, y: height });
  }
  return taken;
}

function nextPlace(
  { x }: ChartCurve,
  values: Float64Array,
  last: number,
  place: (x: number, y: number) => [number, number],
): readonly [number, number] | null {
  return last + 1 < x.length ? place(x[last + 1] as number, values[last + 1] as number) : null;
}

/** Where the line from one point to the next leaves the picture; the point itself where there is no next one. */
function edgePlace(
  [x, y]: readonly [number, number],
  next: readonly [number, number] | null,
  right: number,
): readonly [x: number, y: number] {
  if (next === null || !Number.isFinite(next[0]) || !Number.isFinite(next[1]) || next[0] <= right) return [x, y];
  return [right, y + ((next[1] - y) * (right - x)) / (next[0] - x)];
}

function endLabels(input: CurveChartInput): CustomSeriesOption {
  const { x, y, colours } = input;
  return {
    id: 'ends',
    type: 'custom',
    data: [[SCALES[x.scale].forward(x.from), SCALES[y.scale].forward(y.from)]],
    silent: true,
    animation: false,
    z: 4,
    renderItem: (params) => ({
      type: 'group',
      children: endPlaces(input, params.coordSys as unknown as Box).map(({ style, x: at, y: height }) => ({
        type: 'text' as const,
        style: {
          text: String(style.number),
          x: at + 4,
          y: height,
          align: 'left' as const,
          verticalAlign: 'middle' as const,
          fill: style.colour,
          stroke: colours.surface,
          lineWidth: 3,
          font: `600 11px ${CHART_FONT}`,
        },
      })),
    }),
  };
}

const X_TICKS = 5;
const Y_TICKS = 4;
const SHEET_TICKS = Math.round(X_TICKS * (1 + 2 * OVERSCAN));

function rangeAxis(range: AxisRange, wanted: number, colours: ChartColours, label: (value: number) => string) {
  const scale = SCALES[range.scale];
  const ticks = ticksOf(range.scale, range.from, range.to, wanted).map((value) => scale.forward(value));
  const axis = axisStyle(colours);
  return {
    ...axis,
    min: scale.forward(range.from),
    max: scale.forward(range.to),
    axisTick: { show: false, customValues: ticks },
    axisLabel: { ...axis.axisLabel, hideOverlap: true, customValues: ticks, formatter: (place: number) => label(scale.inverse(place)) },
  };
}

/** Band, faint raw line, line, in that order from the back. */
function layersOf(input: CurveChartInput): CustomSeriesOption[] {
  const { curves, smoothing, band, raw } = input;
  const banded = band ? curves.filter(({ exact }) => !exact) : [];
  const behind = raw && smoothing ? curves.filter((curve) => curve.exact || !band) : [];
  return [
    ...(banded.length === 0 ? [] : [layerSeries('band', banded, input)]),
    ...(behind.length === 0 ? [] : [layerSeries('raw', behind, input)]),
    layerSeries('line', curves, input),
  ];
}

/** Curves of many runs over one axis, as a picture that leaves the application: with a title and a legend, to speak for itself. */
export function curveChartOption(input: CurveChartInput, title: string): ChartOption {
  const { curves, x, y, colours } = input;
  const xAxis = rangeAxis(x, X_TICKS, colours, (value) => xLabel(x.kind, value, x.to - x.from));
  return {
    animation: false,
    textStyle: { fontFamily: CHART_FONT },
    backgroundColor: colours.surface,
    grid: { ...PLOT_MARGIN, top: 44 + Math.ceil(curves.length / 4) * 18 },
    xAxis: { ...xAxis, splitLine: { show: false } },
    yAxis: rangeAxis(y, Y_TICKS, colours, (value) => shortFigure(value)),
    series: [...layersOf(input), endLabels(input), ...curves.map(legendEntry)],
    title: { text: title, left: 12, top: 8, textStyle: { color: colours.text, fontSize: 14, fontWeight: 600 } },
    legend: {
      top: 32,
      left: 12,
      right: 12,
      itemWidth: 14,
      itemHeight: 8,
      textStyle: { color: colours.text, fontSize: 11 },
      data: curves.map(({ style, name }) => `${style.number} ${name}`),
    },
  };
}

/**
 * The sheet that a panel moves behind its window: the curves around the view, and nothing written on it. The figures of the axes and
 * the numbers of the runs are the page's.
 */
export function curveSheetOption(view: CurveChartInput): ChartOption {
  const { x, y, colours } = view;
  const [from, to] = sheetRange([x.from, x.to], x.scale);
  const input = { ...view, x: { ...x, from, to } };
  const bare = (range: AxisRange, ticks: number) => {
    const axis = rangeAxis(range, ticks, colours, () => '');
    return { ...axis, axisLabel: { ...axis.axisLabel, show: false } };
  };
  return {
    animation: false,
    grid: { left: 0, right: 0, top: 0, bottom: 1 },
    xAxis: { ...bare(input.x, SHEET_TICKS), splitLine: { show: false } },
    yAxis: { ...bare(y, Y_TICKS), axisLine: { show: false } },
    series: layersOf(input),
  };
}

/** Figures along the x axis of a sheet, each with its place: 0 at the sheet's left edge, 1 at its right. */
export function xLabels({ x }: CurveChartInput): readonly { readonly text: string; readonly share: number }[] {
  const sheet = sheetRange([x.from, x.to], x.scale);
  return ticksOf(x.scale, sheet[0], sheet[1], SHEET_TICKS).map((value) => ({
    text: xLabel(x.kind, value, x.to - x.from),
    share: shareOf(sheet, x.scale, value),
  }));
}

/** Figures along the y axis, each with its place: 0 at the bottom, 1 at the top. */
export function yLabels({ scale, from, to }: AxisRange): readonly { readonly text: string; readonly share: number }[] {
  return ticksOf(scale, from, to, Y_TICKS).map((value) => ({ text: shortFigure(value), share: shareOf([from, to], scale, value) }));
}

/** Times along an axis show only as much as the view needs. */
function xLabel(kind: XAxis['kind'], value: number, width: number): string {
  const text = xFigure(kind, value);
  if (kind !== 'time') return text;
  return width > 2 * 86_400_000 ? text.slice(5, 10) : text.slice(11, width > 600_000 ? 16 : 19);
}

const PADDING = 0.06;

/** The y axis for what is in view, with air above and below; for a logarithmic one only positive values count. */
export function valueRange(values: readonly [number, number] | null, leastPositive: number, scale: ScaleKind): AxisRange {
  if (values === null) return { scale, from: scale === 'log' ? 0.1 : 0, to: 1 };
  const { forward, inverse } = SCALES[scale];
  const low = forward(scale === 'log' ? Math.max(values[0], leastPositive) : values[0]);
  const high = forward(values[1]);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { scale, from: 0.1, to: 1 };
  const air = high > low ? (high - low) * PADDING : Math.max(Math.abs(high) * 0.1, scale === 'linear' ? 1e-9 : 0.1);
  return { scale, from: inverse(low - air), to: inverse(high + air) };
}

/** Least positive value of the curves, 1e-12 without any. */
export function leastPositiveOf(curves: readonly CurveData[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { min } of curves) for (const value of min) if (value > 0 && value < least) least = value;
  return Number.isFinite(least) ? least : 1e-12;
}
