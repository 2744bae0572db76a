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
  layer: 'raw' | 'smoothed',
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
    if (layer === 'smoothed' || curve.exact) {
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

function layerSeries(curve: ChartCurve, layer: Layer, input: CurveChartInput): CustomSeriesOption {
  const { x, y, smoothing } = input;
  const [scaleX, scaleY] = [SCALES[x.scale].forward, SCALES[y.scale].forward];
  const [left, right, low, high] = [scaleX(x.from), scaleX(x.to), scaleY(y.from), scaleY(y.to)];
  const { colour, dash } = curve.style;
  return {
    id: `${layer} ${curve.run}`,
    name: curve.name,
    type: 'custom',
    data: [[left, low]],
    silent: true,
    clip: true,
    animation: false,
    z: layer === 'band' ? 1 : layer === 'raw' ? 2 : 3,
    itemStyle: { color: colour },
    renderItem: (params) => {
      const box = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
      const place = (valueX: number, valueY: number): [number, number] => [
        box.x + ((scaleX(valueX) - left) / (right - left)) * box.width,
        box.y + box.height - ((scaleY(valueY) - low) / (high - low)) * box.height,
      ];
      const part = span(curve, x.from, x.to);
      if (layer === 'band') {
        return {
          type: 'group',
          children: bandOutline(curve, part, place).map((points) => ({
            type: 'polygon',
            shape: { points },
            style: { fill: colour, opacity: 0.16 },
          })),
        };
      }
      const lines = stretches(curve, layer === 'line' && smoothing ? 'smoothed' : 'raw', part, place);
      const style =
        layer === 'raw'
          ? { stroke: colour, fill: 'none', lineWidth: 1, opacity: 0.28 }
          : { stroke: colour, fill: 'none', lineWidth: 1.6, lineDash: dash === null ? ('solid' as const) : [...dash] };
      return {
        type: 'group',
        children: lines.map((points) =>
          points.length === 1
            ? { type: 'circle' as const, shape: { cx: points[0]?.[0] ?? 0, cy: points[0]?.[1] ?? 0, r: 2.5 }, style: { fill: colour } }
            : { type: 'polyline' as const, shape: { points }, style },
        ),
      };
    },
  };
}

/** Numbers of the runs where their curves end, so that a curve is known without its colour. */
function endLabels(input: CurveChartInput): CustomSeriesOption {
  const { curves, x, y, smoothing, colours } = input;
  const [scaleX, scaleY] = [SCALES[x.scale].forward, SCALES[y.scale].forward];
  const [left, right, low, high] = [scaleX(x.from), scaleX(x.to), scaleY(y.from), scaleY(y.to)];
  return {
    id: 'ends',
    type: 'custom',
    data: [[left, low]],
    silent: true,
    animation: false,
    z: 4,
    tooltip: { show: false },
    renderItem: (params) => {
      const box = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
      const taken: number[] = [];
      return {
        type: 'group',
        children: curves.flatMap((curve) => {
          const values = smoothing ? curve.smoothed : curve.y;
          let last = Math.min(curve.x.length, lowerBound(curve.x, x.to) + 1) - 1;
          while (last >= 0 && ((curve.x[last] as number) > x.to || !Number.isFinite(scaleY(values[last] as number)))) last -= 1;
          if (last < 0) return [];
          const at = box.x + ((scaleX(curve.x[last] as number) - left) / (right - left)) * box.width;
          const height = box.y + box.height - ((scaleY(values[last] as number) - low) / (high - low)) * box.height;
          const crowded = taken.some((other) => Math.abs(other - height) < 11);
          if (at < box.x || height < box.y || height > box.y + box.height || (crowded && at > box.x + box.width - 20)) return [];
          if (at > box.x + box.width - 20) taken.push(height);
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
  const layers = curves.flatMap((curve) => {
    const decimated = band && !curve.exact;
    return [
      ...(decimated ? [layerSeries(curve, 'band', input)] : []),
      ...(raw && smoothing && !decimated ? [layerSeries(curve, 'raw', input)] : []),
      layerSeries(curve, 'line', input),
    ];
  });
  const top = title === undefined ? PLOT_MARGIN.top : 44 + Math.ceil(curves.length / 4) * 18;
  return {
    animation: false,
    textStyle: { fontFamily: 'Inter Variable, system-ui, sans-serif' },
    grid: { ...PLOT_MARGIN, top },
    xAxis: { ...axis(x, 5, (value) => xLabel(x.kind, value, x.to - x.from)), splitLine: { show: false } },
    yAxis: axis(y, 4, (value) => shortFigure(value)),
    series: [...layers, endLabels(input)],
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
            data: [...new Set(curves.map(({ name }) => name))],
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
