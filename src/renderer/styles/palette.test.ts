import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

function tokens(theme: 'dark' | 'light'): (name: string) => string {
  const block = new RegExp(`:root\\[data-theme='${theme}'\\] \\{([^}]+)\\}`).exec(css)?.[1] ?? '';
  const values = new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((match) => [match[1], match[2] ?? '']));
  return (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${theme} has no --${name}`);
    return value;
  };
}

const bytes = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb;
const linear = (hex: string): Rgb =>
  bytes(hex).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as unknown as Rgb;
const apply = (matrix: Matrix, [r, g, b]: Rgb): Rgb => matrix.map((row) => row[0] * r + row[1] * g + row[2] * b) as unknown as Rgb;

/** WCAG 2.2 relative luminance and contrast ratio. */
function contrast(first: string, second: string): number {
  const luminance = (hex: string): number => {
    const [r, g, b] = linear(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [luminance(first), luminance(second)].sort((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** Ottosson (2020), linear sRGB to OKLab. */
function oklab(rgb: Rgb): Rgb {
  const cone = apply(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt) as unknown as Rgb;
  return apply(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cone,
  );
}

/** Machado, Oliveira, Fernandes (2009), full severity, on linear RGB. */
const VISION: { readonly [name: string]: Matrix } = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const ACTION_TOKENS = ['allow', 'semantic-diff', 'spotlight', 'capability-mediation', 'revoke-stdio', 'block'].map(
  (name) => `action-${name}`,
);

/** Smallest OKLab distance of any two action colours under any of the four kinds of vision. */
function worstPair(token: (name: string) => string): number {
  let worst = Infinity;
  for (const matrix of Object.values(VISION)) {
    const colours = ACTION_TOKENS.map((name) => {
      const seen = apply(matrix, linear(token(name))).map((value) => Math.min(1, Math.max(0, value))) as unknown as Rgb;
      return oklab(seen);
    });
    colours.forEach((first, index) => {
      for (const second of colours.slice(index + 1))
        worst = Math.min(worst, Math.hypot(...first.map((value, at) => value - (second[at] ?? 0))));
    });
  }
  return worst;
}

const SURFACES = ['surface-1', 'surface-2', 'surface-3'];

describe.each(['dark', 'light'] as const)('%s palette', (theme) => {
  const token = tokens(theme);
  const least = (name: string, surfaces = SURFACES): number =>
    Math.min(...surfaces.map((surface) => contrast(token(name), token(surface))));

  it('text reaches 4.5:1 on every surface and on selected rows', () => {
    for (const name of ['text', 'text-muted', 'status-ok', 'status-warn', 'status-bad', 'json-key', 'json-string', 'json-number'])
      expect([name, least(name) >= 4.5]).toEqual([name, true]);
    expect(contrast(token('text-muted'), token('selection'))).toBeGreaterThanOrEqual(4.5);
    for (const mark of ['diff-added', 'diff-removed']) expect(contrast(token('text'), token(mark))).toBeGreaterThanOrEqual(4.5);
  });

  it('marks, borders of controls and the focus ring reach 3:1', () => {
    for (const name of ['control-border', 'focus', 'lane-baseline', 'lane-trained', ...ACTION_TOKENS])
      expect([name, least(name) >= 2.995]).toEqual([name, true]);
  });

  it('action colours carry text on dark surfaces only', () => {
    if (theme === 'dark') for (const name of ACTION_TOKENS) expect([name, least(name) >= 4.5]).toEqual([name, true]);
  });

  it('no two actions look alike under normal or colour-deficient vision', () => {
    expect(worstPair(token)).toBeGreaterThanOrEqual(theme === 'dark' ? 0.134 : 0.102);
  });
});
