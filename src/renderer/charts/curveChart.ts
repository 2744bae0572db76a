import type { CustomSeriesOption } from 'echarts/charts';
import type { XAxis } from '../../contract/runs.ts';
import { lowerBound, type CurveData } from './curveData.ts';
import type { ChartOption } from './EChart.tsx';
import { shortFigure, xFigure } from './figures.ts';
import type { ChartColours } from './rewardChart.ts';
import type { RunStyle } from './runColours.ts';
import { SCALES, ticksOf, type ScaleKind } from './scale.ts';

/** Distances between the picture's edge and the plot, in CSS pixels. */
export const PLOT_MARGIN = { left: 54, right: 22, top: 8, bottom: 22 } as const;

export interface ChartCurve extends CurveData {
  readonly style: RunStyle;
  readonly name: string;
}

export interface AxisRange {
  readonly scale: ScaleKind;
  readonly from: number;
  readonly to: number;
}

export interface CurveChartInput {
  readonly curves: readonly ChartCurve[];
  readonly x: AxisRange & { readonly kind: XAxis['kind'] };
  readonly y: AxisRange;
  readonly smoothing: boolean;
  readonly band: boolean;
  readonly raw: boolean;
  readonly colours: ChartColours;
  /** Adds a title and a legend: a picture that leaves the application has to speak for itself. */
  readonly title?: string;
}

type Points = [number, number][];
type Layer = 'band' | 'raw' | 'line';

/** Part of a curve that the view needs: one point beyond either end included. */
function span({ x }: CurveData, from: number, to: number): readonly [number, number] {
  return [Math.max(0, lowerBound(x, from) - 1), Math.min(x.length, lowerBound(x, to) + 2)];
}

/** Unbroken stretches of a curve in pixels; places without a value, or beyond the scale, break it. */
export function stretches(
  curve: CurveData,
  layer: 'extremes' | 'value' | 'smoothed',
  [from, to]: readonly [number, number],
  place: (x: number, y: number) => [number, number],
): Points[] {
  const parts: Points[] = [];
  let part: Points = [];
  const add = (x: number, y: number): boolean => {
    const at = place(x, y);
    if (!Number.isFinite(at[0]) || !Number.isFinite(at[1])) return false;
    part.push(at);
    return true;
  };
  const cut = (): void => {
    if (part.length > 0) parts.push(part);
    part = [];
  };
  let high = false;
  for (let index = from; index < to; index += 1) {
    const x = curve.x[index] as number;
    if (layer !== 'extremes' || curve.exact) {
      if (!add(x, (layer === 'smoothed' ? curve.smoothed : curve.y)[index] as number)) cut();
      continue;
    }
    // Both extremes of a bucket are drawn; beginning with the nearer one spares a stroke.
    const [first, second] = high ? [curve.max, curve.min] : [curve.min, curve.max];
    const drawn = add(x, first[index] as number);
    if (!add(x, second[index] as number) && !drawn) cut();
    high = !high;
  }
  cut();
  return parts;
}

/** Outline of the area between the least and the greatest values of the buckets. */
export function bandOutline(
  curve: CurveData,
  [from, to]: readonly [number, number],
  place: (x: number, y: number) => [number, number],
): Points[] {
  const parts: Points[] = [];
  let upper: Points = [];
  let lower: Points = [];
  const cut = (): void => {
    if (upper.length > 1) parts.push([...upper, ...lower.reverse()]);
    [upper, lower] = [[], []];
  };
  for (let index = from; index < to; index += 1) {
    const x = curve.x[index] as number;
    const [top, bottom] = [place(x, curve.max[index] as number), place(x, curve.min[index] as number)];
    if ([...top, ...bottom].every((value) => Number.isFinite(value))) {
      upper.push(top);
      lower.push(bottom);
    } else cut();
  }
  cut();
  return parts;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a value lies in a plot, in pixels; NaN beyond the scale. */
function placement({ x, y }: CurveChartInput, box: Box): (x: number, y: number) => [number, number] {
  const [scaleX, scaleY] = [SCALES[x.scale].forward, SCALES[y.scale].forward];
  const [left, low] = [scaleX(x.from), scaleY(y.from)];
  const [perX, perY] = [box.width / (scaleX(x.to) - left), box.height / (scaleY(y.to) - low)];
  return (valueX, valueY) => [box.x + (scaleX(valueX) - left) * perX, box.y + box.height - (scaleY(valueY) - low) * perY];
}

type Shape =
  | {
      readonly type: 'polygon';
      readonly shape: { readonly points: Points };
      readonly style: { readonly fill: string; readonly opacity: number };
    }
  | {
      readonly type: 'polyline';
      readonly shape: { readonly points: Points };
      readonly style: {
        readonly stroke: string;
        readonly fill: 'none';
        readonly lineWidth: number;
        readonly opacity: number;
        readonly lineDash: 'solid' | number[];
      };
    }
  | {
      readonly type: 'circle';
      readonly shape: { readonly cx: number; readonly cy: number; readonly r: number };
      readonly style: { readonly fill: string };
    };

/** With the band behind it, the line need not run to both extremes of every bucket. */
function lineColumn(layer: Layer, { smoothing, band }: CurveChartInput): 'extremes' | 'value' | 'smoothed' {
  if (layer === 'line' && smoothing) return 'smoothed';
  return band ? 'value' : 'extremes';
}

/** More dashed lines than this cannot be told apart; the numbers at their ends can. */
const MOST_DASHED = 12;

/** The shapes of one curve in one layer, in pixels of the plot. */
export function curveShapes(curve: ChartCurve, layer: Layer, input: CurveChartInput, box: Box): Shape[] {
  const { colour, dash } = curve.style;
  const place = placement(input, box);
  const part = span(curve, input.x.from, input.x.to);
  if (layer === 'band') {
    return bandOutline(curve, part, place).map((points) => ({
      type: 'polygon',
      shape: { points },
      style: { fill: colour, opacity: 0.16 },
    }));
  }
  const style =
    layer === 'raw'
      ? { stroke: colour, fill: 'none' as const, lineWidth: 1, opacity: 0.28, lineDash: 'solid' as const }
      : {
          stroke: colour,
          fill: 'none' as const,
          lineWidth: 1.5,
          opacity: 1,
          lineDash: dash === null || input.curves.length > MOST_DASHED ? ('solid' as const) : [...dash],
        };
  return stretches(curve, lineColumn(layer, input), part, place).map((points): Shape => {
    const [first] = points;
    if (points.length > 1 || first === undefined) return { type: 'polyline', shape: { points }, style };
    return { type: 'circle', shape: { cx: first[0], cy: first[1], r: 2.5 }, style: { fill: colour } };
  });
}

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

/** Numbers of the runs where their curves end, so that a curve is known without its colour. */
function endLabels(input: CurveChartInput): CustomSeriesOption {
  const { curves, x, y, smoothing, colours } = input;
  return {
    id: 'ends',
    type: 'custom',
    data: [[SCALES[x.scale].forward(x.from), SCALES[y.scale].forward(y.from)]],
    silent: true,
    animation: false,
    z: 4,
    renderItem: (params) => {
      const box = params.coordSys as unknown as Box;
      const place = placement(input, box);
      const right = box.x + box.width;
      const taken: (readonly [number, number])[] = [];
      return {
        type: 'group',
        children: curves.flatMap((curve) => {
          const values = smoothing ? curve.smoothed : curve.y;
          let last = Math.min(curve.x.length, lowerBound(curve.x, x.to) + 1) - 1;
          while (last >= 0 && ((curve.x[last] as number) > x.to || !Number.isFinite(values[last]))) last -= 1;
          if (last < 0) return [];
          const [at, height] = place(curve.x[last] as number, values[last] as number);
          const inside = at >= box.x && at <= right + 1 && height >= box.y && height <= box.y + box.height;
          const crowded = taken.some(
            ([otherAt, other]) => Math.abs(other - height) < LABEL_HEIGHT && Math.abs(otherAt - at) < LABEL_HEIGHT * 2,
          );
          if (!inside || crowded) return [];
          taken.push([at, height]);
          return [
            {
              type: 'text' as const,
              style: {
                text: String(curve.style.number),
                x: at + 4,
                y: height,
                align: 'left' as const,
                verticalAlign: 'middle' as const,
                fill: curve.style.colour,
                stroke: colours.surface,
                lineWidth: 3,
                font: '600 11px Inter Variable, system-ui, sans-serif',
              },
            },
          ];
        }),
      };
    },
  };
}

/** Curves of many runs over one axis: band, faint raw line, line, in that order from the back. */
export function curveChartOption(input: CurveChartInput): ChartOption {
  const { curves, x, y, smoothing, band, raw, colours, title } = input;
  const axis = (range: AxisRange, wanted: number, label: (value: number) => string) => {
    const scale = SCALES[range.scale];
    const ticks = ticksOf(range.scale, range.from, range.to, wanted).map((value) => scale.forward(value));
    return {
      type: 'value' as const,
      min: scale.forward(range.from),
      max: scale.forward(range.to),
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false, customValues: ticks },
      axisLabel: {
        color: colours.muted,
        fontSize: 11,
        hideOverlap: true,
        customValues: ticks,
        formatter: (place: number) => label(scale.inverse(place)),
      },
      splitLine: { lineStyle: { color: colours.line, width: 1 } },
    };
  };
  const banded = band ? curves.filter(({ exact }) => !exact) : [];
  const behind = raw && smoothing ? curves.filter((curve) => curve.exact || !band) : [];
  const layers = [
    ...(banded.length === 0 ? [] : [layerSeries('band', banded, input)]),
    ...(behind.length === 0 ? [] : [layerSeries('raw', behind, input)]),
    layerSeries('line', curves, input),
  ];
  const top = title === undefined ? PLOT_MARGIN.top : 44 + Math.ceil(curves.length / 4) * 18;
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { ...PLOT_MARGIN, top },
    xAxis: { ...axis(x, 5, (value) => xLabel(x.kind, value, x.to - x.from)), splitLine: { show: false } },
    yAxis: axis(y, 4, (value) => shortFigure(value)),
    series: [...layers, endLabels(input), ...(title === undefined ? [] : curves.map(legendEntry))],
    ...(title === undefined
      ? {}
      : {
          backgroundColor: colours.surface,
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
        }),
  };
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
