import { lowerBound, type CurveData } from './curveData.ts';
import type { ChartCurve, CurveChartInput } from './curveChartInput.ts';
import { SCALES } from './scale.ts';

type Points = [number, number][];
export type Layer = 'band' | 'raw' | 'line';

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

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a value lies in a plot, in pixels; NaN beyond the scale. */
export function placement({ x, y }: CurveChartInput, box: Box): (x: number, y: number) => [number, number] {
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
