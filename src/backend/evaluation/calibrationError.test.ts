import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brier, expectedCalibrationError, reliabilityBins, type Forecast } from './calibrationError.ts';

const forecasts = (...pairs: readonly (readonly [number, 0 | 1])[]): Forecast[] =>
  pairs.map(([probability, event]) => ({ probability, event: event === 1 }));

const anyForecasts = fc.array(fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), event: fc.boolean() }), {
  minLength: 1,
  maxLength: 300,
});

describe('brier', () => {
  it('is the mean squared error', () => {
    expect(brier(forecasts([0.9, 1], [0.2, 0], [0.6, 0]))).toBeCloseTo((0.01 + 0.04 + 0.36) / 3, 12);
    expect(brier([])).toBeNull();
  });
});

describe('reliabilityBins', () => {
  it('cuts sorted forecasts into bins of equal mass', () => {
    const bins = reliabilityBins(forecasts([0.8, 1], [0.1, 0], [0.3, 1], [0.9, 1], [0.2, 0], [0.7, 0]), 3);
    expect(bins.map((bin) => bin.count)).toEqual([2, 2, 2]);
    expect(bins[0]).toMatchObject({ from: 0.1, to: 0.2, frequency: 0 });
    expect(bins[0]?.confidence).toBeCloseTo(0.15, 12);
    expect(bins[1]?.frequency).toBe(0.5);
    // |0.15 - 0| / 3 + |0.5 - 0.5| / 3 + |0.85 - 1| / 3
    expect(expectedCalibrationError(bins)).toBeCloseTo(0.1, 12);
  });

  it('keeps a tie in one bin, whatever the order of the input', () => {
    const tied = forecasts([0.5, 1], [0.5, 0], [0.5, 1], [0.5, 0], [0.9, 1], [0.1, 0]);
    const bins = reliabilityBins(tied, 3);
    expect(bins).toEqual(reliabilityBins([...tied].reverse(), 3));
    expect(bins.filter((bin) => bin.from <= 0.5 && bin.to >= 0.5)).toHaveLength(1);
  });

  it('refuses what is no probability', () => {
    expect(() => reliabilityBins(forecasts([1.2, 1]))).toThrow(RangeError);
    expect(() => reliabilityBins(forecasts([Number.NaN, 1]))).toThrow(RangeError);
    expect(() => reliabilityBins([], 0)).toThrow(RangeError);
    expect(expectedCalibrationError(reliabilityBins([]))).toBeNull();
  });

  it('loses no forecast, keeps at most 15 bins in order, and its error lies within 0..1', () => {
    fc.assert(
      fc.property(anyForecasts, (items) => {
        const bins = reliabilityBins(items);
        expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(items.length);
        expect(bins.length).toBeLessThanOrEqual(15);
        for (let i = 1; i < bins.length; i++) expect(bins[i]!.from).toBeGreaterThan(bins[i - 1]!.to);
        const error = expectedCalibrationError(bins)!;
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('has no error when every forecast is certain and right', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (events) => {
        const items = events.map((event) => ({ probability: event ? 1 : 0, event }));
        expect(expectedCalibrationError(reliabilityBins(items))).toBe(0);
        expect(brier(items)).toBe(0);
      }),
    );
  });
});
