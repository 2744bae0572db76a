import { THRESHOLD_STEPS, type AlarmFigures } from '../../../contract/evaluations.ts';
import type { CostChartPoint } from '../../charts/costChart.ts';

/** Mean cost, recall and false-positive rate over the thresholds of a sweep; empty without messages. */
export function costCurve(points: readonly AlarmFigures[]): readonly CostChartPoint[] {
  return points.flatMap(({ regret, recall, falsePositiveRate }, step) =>
    regret === null
      ? []
      : { threshold: step / THRESHOLD_STEPS, regret, recall: recall?.rate ?? null, falsePositiveRate: falsePositiveRate?.rate ?? null },
  );
}

/** The place of least cost; the lowest threshold among equals. */
export function cheapest(curve: readonly CostChartPoint[]): CostChartPoint | null {
  return curve.reduce<CostChartPoint | null>((best, point) => (best === null || point.regret < best.regret - 1e-12 ? point : best), null);
}
