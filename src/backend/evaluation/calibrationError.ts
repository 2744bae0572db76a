import type { ReliabilityBin } from '../../contract/evaluationReport.ts';

/** One forecast: a probability, 0..1, and whether the event came true. */
export interface Forecast {
  readonly probability: number;
  readonly event: boolean;
}

/** Bins of equal mass used throughout the reports. */
export const CALIBRATION_BINS = 15;

/** Brier score: mean squared error of the forecasts, 0..1; null without any. Brier (1950), Mon. Weather Rev. 78, 1-3. */
export function brier(forecasts: readonly Forecast[]): number | null {
  if (forecasts.length === 0) return null;
  return forecasts.reduce((sum, { probability, event }) => sum + (probability - (event ? 1 : 0)) ** 2, 0) / forecasts.length;
}

/**
 * Forecasts sorted and cut into at most `bins` groups of equal size (sizes differ by one at most);
 * equal forecasts are never told apart by their order in the input, since a bin takes all of a tie.
 *
 * @throws RangeError when `bins` is not a positive integer or a forecast is not within 0..1.
 */
export function reliabilityBins(forecasts: readonly Forecast[], bins: number = CALIBRATION_BINS): readonly ReliabilityBin[] {
  if (!Number.isInteger(bins) || bins <= 0) throw new RangeError(`bins must be a positive integer, got ${bins}`);
  const sorted = [...forecasts].sort((a, b) => a.probability - b.probability);
  for (const { probability } of sorted) {
    if (!(probability >= 0 && probability <= 1)) throw new RangeError(`a forecast must lie within 0..1, got ${probability}`);
  }
  const out: ReliabilityBin[] = [];
  let start = 0;
  for (let bin = 1; bin <= bins && start < sorted.length; bin++) {
    let end = Math.max(start, Math.round((bin * sorted.length) / bins));
    while (end > start && end < sorted.length && sorted[end]?.probability === sorted[end - 1]?.probability) end++;
    if (end === start) continue;
    out.push(summarise(sorted.slice(start, end)));
    start = end;
  }
  return out;
}

/** Expected calibration error: the bins' gaps between confidence and frequency, weighted by count, 0..1; null without forecasts. Naeini et al. (2015), AAAI. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number | null {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  if (total === 0) return null;
  return bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.frequency), 0) / total;
}

function summarise(forecasts: readonly Forecast[]): ReliabilityBin {
  const count = forecasts.length;
  return {
    count,
    from: forecasts[0]?.probability ?? 0,
    to: forecasts[count - 1]?.probability ?? 0,
    confidence: forecasts.reduce((sum, forecast) => sum + forecast.probability, 0) / count,
    frequency: forecasts.filter((forecast) => forecast.event).length / count,
  };
}
