import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SMOOTHING_KINDS } from '../../../contract/runs.ts';
import { decimate } from './decimate.ts';
import { mapRange } from './mapRange.ts';
import { csvCell } from './panelExport.ts';
import { smooth } from './smoothing.ts';
import { onAxis } from './xColumn.ts';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const curve = fc
  .array(fc.oneof({ weight: 9, arbitrary: finite }, fc.constant(Number.NaN)), { minLength: 1, maxLength: 300 })
  .map((values) => ({
    x: Float64Array.from(values, (_, index) => index * 1.5),
    y: Float64Array.from(values),
  }));

describe('smoothing', () => {
  it.each(SMOOTHING_KINDS)('%s stays within the values, keeps gaps, leaves constants and amount 0 alone', (kind) => {
    fc.assert(
      fc.property(curve, fc.double({ min: 0.01, max: 1, noNaN: true }), ({ x, y }, amount) => {
        const smoothed = smooth(x, y, { kind, amount });
        const known = y.filter((value) => !Number.isNaN(value));
        const slack = 1e-6 * Math.max(1, ...known.map(Math.abs));
        smoothed.forEach((value, index) => {
          expect(Number.isNaN(value)).toBe(Number.isNaN(y[index]));
          if (Number.isNaN(value)) return;
          expect(value).toBeGreaterThanOrEqual(Math.min(...known) - slack);
          expect(value).toBeLessThanOrEqual(Math.max(...known) + slack);
        });
        expect(smooth(x, y, { kind, amount: 0 })).toBe(y);
      }),
    );
    const constant = new Float64Array(50).fill(0.1);
    expect(smooth(constant, constant, { kind, amount: 0.9 })).toEqual(constant);
  });

  it('EMA is that of TensorBoard: debiased from the first point', () => {
    const y = Float64Array.from([1, 2, 4]);
    const [first, second, third] = smooth(y, y, { kind: 'ema', amount: 0.5 });
    expect(first).toBeCloseTo(1, 12);
    expect(second).toBeCloseTo((0.5 * 1 + 2) / 1.5, 12);
    expect(third).toBeCloseTo((0.25 * 1 + 0.5 * 2 + 4) / 1.75, 12);
  });

  it('TWEMA forgets by distance in x, so repeating points in time changes nothing far away', () => {
    const smoothed = smooth(Float64Array.from([0, 500, 1_000]), Float64Array.from([10, 0, 0]), { kind: 'twema', amount: 0.25 });
    expect(smoothed[1]).toBeCloseTo((10 * 0.5 ** 500) / (0.5 ** 500 + 1), 12);
  });

  it('the wide Gaussian, made of boxes, is close to the exact one', () => {
    const y = new Float64Array(401);
    y[200] = 1;
    const smoothed = smooth(y, y, { kind: 'gaussian', amount: 0.2 });
    const exact = (distance: number) => Math.exp(-(distance ** 2) / 800) / (20 * Math.sqrt(2 * Math.PI));
    for (const distance of [0, 10, 20, 40])
      expect(Math.abs((smoothed[200 + distance] as number) - exact(distance))).toBeLessThan(0.04 * exact(0));
  });
});

describe('decimation', () => {
  it('keeps every extreme, and every value is one that was logged', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 1, max: 40 }), ({ x, y }, buckets) => {
        const view = [x[0] as number, x.at(-1) as number] as const;
        const { columns, length, exact } = decimate({ x, y, smoothed: y }, view, buckets, false);
        const known = [...y].filter((value) => !Number.isNaN(value));
        const column = (index: number) =>
          [...columns.subarray(index * length, (index + 1) * length)].filter((value) => !Number.isNaN(value));
        const [lows, highs] = exact ? [column(1), column(1)] : [column(1), column(2)];
        if (known.length > 0) expect([Math.min(...lows), Math.max(...highs)]).toEqual([Math.min(...known), Math.max(...known)]);
        for (const value of [...lows, ...highs]) expect(known).toContain(value);
        if (!exact) expect(length).toBeLessThanOrEqual(buckets * 2 + 3);
      }),
    );
  });

  it('moves no point when the view moves by less than a bucket', () => {
    const x = Float64Array.from({ length: 50_000 }, (_, index) => index);
    const y = x.map((value) => Math.sin(value / 300));
    const inner = ([from, to]: readonly [number, number]) => {
      const { columns, length } = decimate({ x, y, smoothed: y }, [from, to], 200, false);
      return [...columns.subarray(0, length)].filter((value) => value > 12_000 && value < 28_000);
    };
    expect(inner([10_013, 30_013])).toEqual(inner([10_000, 30_000]));
  });
});

describe('the x axis', () => {
  const points = {
    steps: Float64Array.from([3, 1, 2]),
    times: Float64Array.from([2e12, 2e12 + 500, Number.NaN]),
    values: Float64Array.from([30, 10, 20]),
  };
  it('sorts by x and leaves out points without a place', () => {
    expect([...onAxis(points, { kind: 'step' }, null, null).y]).toEqual([10, 20, 30]);
    expect([...onAxis(points, { kind: 'relative' }, 2e12, null).x]).toEqual([0, 0.5]);
    expect([...onAxis(points, { kind: 'time' }, 2e12, null).y]).toEqual([30, 10]);
  });
  it('takes the value of another metric at the same step', () => {
    const other = { steps: Float64Array.from([1, 3]), times: new Float64Array(2), values: Float64Array.from([100, 300]) };
    const placed = onAxis(points, { kind: 'metric', metric: 'tokens' }, null, other);
    expect([[...placed.x], [...placed.y]]).toEqual([
      [100, 100, 300],
      [10, 20, 30],
    ]);
  });
});

describe('a view on another axis', () => {
  const places = fc
    .uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 60 })
    .map((steps) => Float64Array.from(steps.sort((a, b) => a - b)));
  it('holds the points that it held before, and comes back to where it was', () => {
    fc.assert(
      fc.property(places, fc.nat(), fc.nat(), fc.double({ min: 0.1, max: 50, noNaN: true }), (step, one, other, pace) => {
        const [low, high] = [one % step.length, other % step.length].sort((a, b) => a - b) as [number, number];
        const bySteps = { x: step, step };
        const byTime = { x: step.map((value) => value * pace + value ** 2 / 1e3), step };
        const view = [step[low] as number, step[high] as number] as const;
        const there = mapRange(bySteps, byTime, view);
        expect(there?.map((x) => x / 1e3)).toEqual(
          [byTime.x[low], byTime.x[high]].map((x) => expect.closeTo((x as number) / 1e3, 6) as number),
        );
        const back = mapRange(byTime, bySteps, there as [number, number]);
        expect([back?.[0], back?.[1]]).toEqual([expect.closeTo(view[0], 6), expect.closeTo(view[1], 6)]);
      }),
    );
  });
  it('is nothing where the run has no points', () => {
    const few = Float64Array.from([1, 2]);
    expect(mapRange({ x: few, step: few }, { x: few, step: few }, [5, 9])).toBeNull();
    expect(mapRange({ x: few, step: few }, { x: new Float64Array(), step: new Float64Array() }, [1, 2])).toBeNull();
  });
});

describe('CSV', () => {
  it('quotes, and disarms what a spreadsheet would run', () => {
    expect(['a', 'a,b', 'say "x"', '=1+1', '@x', '-2'].map(csvCell)).toEqual(['a', '"a,b"', '"say ""x"""', "'=1+1", "'@x", "'-2"]);
  });
});
