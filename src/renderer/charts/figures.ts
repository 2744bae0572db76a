import type { XAxis } from '../../contract/runs.ts';

const MINUS = '−';

/** Making a format is a hundred times dearer than using it. */
const formats = new Map<number, Intl.NumberFormat>();

function significant(digits: number): Intl.NumberFormat {
  const known = formats.get(digits) ?? new Intl.NumberFormat('en-US', { maximumSignificantDigits: digits });
  formats.set(digits, known);
  return known;
}

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A value as short as it can be told from its neighbours: `0.0152`, `1.2e−5`, `12,480`. */
export function shortFigure(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e9)
      ? size.toExponential(Math.max(0, digits - 2)).replace(/\.?0+e/, 'e')
      : significant(size >= 10_000 ? 9 : digits).format(size);
  return `${value < 0 ? MINUS : ''}${text.replace('e-', `e${MINUS}`).replace('e+', 'e')}`;
}

const HOUR = 3_600;

/** Seconds as `42 s`, `3m 20s`, `2h 05m`. */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? MINUS : '';
  const whole = Math.abs(seconds);
  if (whole < 60) return `${sign}${shortFigure(whole, 3)} s`;
  if (whole < HOUR) return `${sign}${Math.floor(whole / 60)}m ${String(Math.floor(whole % 60)).padStart(2, '0')}s`;
  return `${sign}${Math.floor(whole / HOUR)}h ${String(Math.floor((whole % HOUR) / 60)).padStart(2, '0')}m`;
}

/** A place on the x axis in words. */
export function xFigure(kind: XAxis['kind'], x: number): string {
  switch (kind) {
    case 'relative':
      return duration(x);
    case 'time':
      return Number.isFinite(x) && Math.abs(x) < 8.64e15 ? new Date(x).toISOString().slice(0, 19).replace('T', ' ') : '–';
    case 'step':
      return Math.abs(x) < 1e9 ? integers.format(Math.round(x)).replace('-', MINUS) : shortFigure(x);
    case 'metric':
      return shortFigure(x, 6);
  }
}
