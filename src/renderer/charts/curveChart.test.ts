import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunId } from '../../contract/runs.ts';
import { curveChartOption, curveSheetOption, endPlaces, valueRange, xLabels, yLabels } from './curveChart.ts';
import type { ChartCurve, CurveChartInput } from './curveChartInput.ts';
import { decodeSeries, momentAt, nearestIndex } from './curveData.ts';
import { curveShapes } from './curveShapes.ts';
import { duration, shortFigure } from './figures.ts';
import { RUN_COLOURS, runStyle } from './runColours.ts';
import { SCALES, ticksOf } from './scale.ts';
import { areEquallyWide, sheetPlace, sheetRange, sheetWidth } from './sheet.ts';

const run = 'run-0000000000000000' as RunId;
const box = { x: 0, y: 0, width: 100, height: 100 };
const colours = { text: '#1', muted: '#2', line: '#3', surface: '#4', baseline: '#5', trained: '#6' };

function encode(...columns: readonly number[][]): string {
  return Buffer.from(Float64Array.from(columns.flat()).buffer).toString('base64');
}

function curveOf(columns: readonly number[][], exact: boolean): ChartCurve {
  const data = decodeSeries({
    run,
    metric: 'loss',
    columns: encode(...columns),
    length: columns[0]?.length ?? 0,
    exact,
    perBucket: exact ? 1 : 9,
    visible: 0,
    nonFinite: 0,
    nonPositive: 0,
    moments: [],
    startTime: null,
  });
  return { ...data, name: 'a run', style: runStyle(0, 'dark') };
}

function inputOf(curve: ChartCurve, parts: Partial<CurveChartInput> = {}): CurveChartInput {
  return {
    curves: [curve],
    x: { scale: 'linear', from: 0, to: 10, kind: 'step' },
    y: { scale: 'linear', from: 0, to: 10 },
    smoothing: false,
    band: true,
    raw: true,
    colours,
    ...parts,
  };
}

describe('curves', () => {
  it('draw exact points where they are, and break at gaps', () => {
    const curve = curveOf(
      [
        [0, 5, 6, 10],
        [0, 10, Number.NaN, 5],
        [0, 10, Number.NaN, 5],
      ],
      true,
    );
    expect(curveShapes(curve, 'line', inputOf(curve), box)).toMatchObject([
      {
        type: 'polyline',
        shape: {
          points: [
            [0, 100],
            [50, 0],
          ],
        },
      },
      { type: 'circle', shape: { cx: 100, cy: 50 } },
    ]);
  });

  it('draw both extremes of a bucket, and the area between them', () => {
    const curve = curveOf(
      [
        [0, 10],
        [1, 2],
        [9, 8],
        [5, 5],
        [5, 5],
      ],
      false,
    );
    const [line] = curveShapes(curve, 'line', inputOf(curve, { band: false }), box);
    expect(line).toMatchObject({
      shape: {
        points: [
          [0, 90],
          [0, 10],
          [100, 20],
          [100, 80],
        ],
      },
    });
    expect(curveShapes(curve, 'band', inputOf(curve), box)).toMatchObject([
      {
        shape: {
          points: [
            [0, 10],
            [100, 20],
            [100, 80],
            [0, 90],
          ],
        },
      },
    ]);
  });

  it('have no place for zero on a logarithmic axis, but on the symmetric one', () => {
    const curve = curveOf(
      [
        [0, 5, 10],
        [1, 0, 1],
        [1, 0, 1],
      ],
      true,
    );
    const shapes = (scale: 'log' | 'symlog') =>
      curveShapes(curve, 'line', inputOf(curve, { y: { scale, from: scale === 'log' ? 0.1 : -1, to: 10 } }), box);
    expect(shapes('log')).toHaveLength(2);
    expect(shapes('symlog')).toHaveLength(1);
  });

  it('leave the picture in as many series as there are layers, with a legend when it is exported', () => {
    const curve = curveOf(
      [
        [0, 10],
        [1, 2],
        [1, 2],
      ],
      true,
    );
    const ids = (option: ReturnType<typeof curveChartOption>) => [option.series].flat().map((series) => series?.id);
    expect(ids(curveSheetOption(inputOf(curve)))).toEqual(['line']);
    expect(ids(curveChartOption(inputOf(curve, { smoothing: true }), 'Loss'))).toEqual(['raw', 'line', 'ends', `legend ${run}`]);
  });
});

describe('a sheet behind its window', () => {
  it('lies so that every x is where the view has it, drawn for that view or another', () => {
    const range = fc
      .tuple(fc.double({ min: 1, max: 1_000, noNaN: true }), fc.double({ min: 1.1, max: 20, noNaN: true }))
      .map(([from, factor]) => [from, from * factor] as const);
    fc.assert(
      fc.property(
        range,
        range,
        fc.constantFrom('linear', 'log' as const),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (drawn, shown, scale, share) => {
          const { forward, inverse } = SCALES[scale];
          const x = inverse(forward(shown[0]) + (forward(shown[1]) - forward(shown[0])) * share);
          const sheet = sheetRange(drawn, scale).map(forward) as [number, number];
          const onSheet = ((forward(x) - sheet[0]) / (sheet[1] - sheet[0])) * sheetWidth(400);
          const { shift, stretch } = sheetPlace(drawn, shown, scale, 400);
          expect((shift + onSheet * stretch) / 400).toBeCloseTo(share, 6);
          expect(areEquallyWide(drawn, drawn, scale)).toBe(true);
        },
      ),
    );
  });
  it('has its figures and the numbers of the runs beside it, where they belong', () => {
    const curve = curveOf(
      [
        [0, 5, 20],
        [0, 5, 10],
        [0, 5, 10],
      ],
      true,
    );
    const input = inputOf(curve);
    expect(yLabels(input.y).map(({ text, share }) => [text, share])).toContainEqual(['5', 0.5]);
    const four = xLabels(input).find(({ text }) => text === '4');
    expect(four?.share).toBeCloseTo((1 + 0.4) / 3, 9);
    // The curve leaves the view at 10, a third of the way from 5 to 20.
    expect(endPlaces(input, box)).toMatchObject([{ x: 100, y: expect.closeTo(100 - (5 + 5 / 3) * 10, 9) as number }]);
    expect(endPlaces({ ...input, x: { ...input.x, to: 40 } }, box)).toMatchObject([{ x: 50, y: 0 }]);
  });
});

describe('reading a value', () => {
  it('tells when it was logged, from whatever the axis does not say', () => {
    const wall = Date.UTC(2026, 0, 1);
    const one = (value: number) => Float64Array.from([value]);
    const of = (x: number, more: { step?: number; time?: number; startTime: number | null }) => ({
      x: one(x),
      step: more.step === undefined ? null : one(more.step),
      time: more.time === undefined ? null : one(more.time),
      startTime: more.startTime,
    });
    expect(momentAt(of(7, { time: wall + 5_000, startTime: wall }), 0, 'step')).toEqual({ step: 7, seconds: 5, wall: wall + 5_000 });
    expect(momentAt(of(5, { step: 7, startTime: wall }), 0, 'relative')).toEqual({ step: 7, seconds: 5, wall: wall + 5_000 });
    expect(momentAt(of(wall + 5_000, { step: 7, startTime: wall }), 0, 'time')).toEqual({ step: 7, seconds: 5, wall: wall + 5_000 });
    // Times that count from the run's own start say nothing of the clock.
    expect(momentAt(of(0.5, { step: 7, time: 5_000, startTime: 0 }), 0, 'metric')).toEqual({ step: 7, seconds: 5, wall: null });
    expect(momentAt(of(7, { time: Number.NaN, startTime: null }), 0, 'step')).toEqual({ step: 7, seconds: null, wall: null });
  });

  it('finds the nearest point, and none beyond the ends', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -10, max: 510 }),
        (places, at) => {
          const x = Float64Array.from(places.sort((a, b) => a - b));
          const index = nearestIndex({ x }, at);
          if (at < (x[0] as number) || at > (x.at(-1) as number)) expect(index).toBeNull();
          else expect(Math.abs((x[index as number] as number) - at)).toBe(Math.min(...x.map((place) => Math.abs(place - at))));
        },
      ),
    );
  });
});

describe('axes', () => {
  it('map there and back, and label within the view', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('linear', 'log', 'symlog' as const),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: 1.1, max: 1e4, noNaN: true }),
        (kind, from, factor) => {
          const { forward, inverse } = SCALES[kind];
          expect(inverse(forward(from))).toBeCloseTo(from, 5 - Math.ceil(Math.log10(from)));
          const ticks = ticksOf(kind, from, from * factor, 5);
          expect(ticks.length).toBeLessThan(14);
          if (kind !== 'symlog') for (const tick of ticks) expect(tick >= from * 0.999999 && tick <= from * factor * 1.000001).toBe(true);
        },
      ),
    );
  });
  it('give a constant series a height', () => {
    const { from, to } = valueRange([2, 2], 1, 'linear');
    expect(from).toBeLessThan(2);
    expect(to).toBeGreaterThan(2);
  });
});

describe('figures', () => {
  it('are short and tell', () => {
    expect([0, 0.015234, -0.5, 12_480, 0.0000123, Number.NaN, Number.POSITIVE_INFINITY].map((value) => shortFigure(value))).toEqual([
      '0',
      '0.01523',
      '−0.5',
      '12,480',
      '1.23e−5',
      'NaN',
      '∞',
    ]);
    expect([5, 65, 7_500].map(duration)).toEqual(['5 s', '1m 05s', '2h 05m']);
  });
});

describe('the colours of runs', () => {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a: string, b: string): number => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  it('stand out as text, since the run’s number is written in them', () => {
    for (const colour of RUN_COLOURS.dark) expect(contrast(colour, '#161b22')).toBeGreaterThan(4.5);
    for (const colour of RUN_COLOURS.light) expect(contrast(colour, '#f6f8fa')).toBeGreaterThan(4.5);
  });
});
