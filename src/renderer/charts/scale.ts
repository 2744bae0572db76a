export const SCALE_KINDS = ['linear', 'log', 'symlog'] as const;
export type ScaleKind = (typeof SCALE_KINDS)[number];

/** Maps values to places along an axis, evenly spaced there. */
export interface Scale {
  /** NaN where the axis has no place for the value. */
  readonly forward: (value: number) => number;
  readonly inverse: (place: number) => number;
}

/** `symlog` is linear within ±1e-3 and logarithmic beyond, so it has a place for zero and for negative values. */
const SYMLOG_LINEAR = 1e-3;

export const SCALES: { readonly [K in ScaleKind]: Scale } = {
  linear: { forward: (value) => value, inverse: (place) => place },
  log: { forward: (value) => (value > 0 ? Math.log10(value) : Number.NaN), inverse: (place) => 10 ** place },
  symlog: {
    forward: (value) => Math.sign(value) * Math.log10(1 + Math.abs(value) / SYMLOG_LINEAR),
    inverse: (place) => Math.sign(place) * (10 ** Math.abs(place) - 1) * SYMLOG_LINEAR,
  },
};

/** Steps of 1, 2 and 5 times a power of ten that give about `wanted` ticks over `span`. */
function niceStep(span: number, wanted: number): number {
  const rough = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
}

/** Values to label between two values, ascending: round ones, about `wanted`. */
export function ticksOf(kind: ScaleKind, from: number, to: number, wanted: number): number[] {
  if (!(to > from)) return [from];
  if (kind === 'log' && from > 0) {
    const decades = Math.log10(to / from);
    if (decades >= 1.5) {
      const stride = Math.max(1, Math.round(decades / wanted));
      const first = Math.ceil(Math.log10(from) - 1e-9);
      return Array.from({ length: Math.floor((Math.log10(to) - first) / stride + 1e-9) + 1 }, (_, index) => 10 ** (first + index * stride));
    }
  }
  if (kind === 'symlog') {
    const { forward, inverse } = SCALES.symlog;
    const [low, high] = [forward(from), forward(to)];
    return Array.from({ length: wanted + 1 }, (_, index) => roundTo(inverse(low + ((high - low) * index) / wanted), 2));
  }
  const step = niceStep(to - from, wanted);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function roundTo(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
