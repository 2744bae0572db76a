import type { CostPreset } from '../../contract/decisions.ts';
import type { Comparison, EvaluatedSystem, EvaluationReport, SuiteInfo, SystemReport } from '../../contract/evaluationReport.ts';
import { measure, scored } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { operatingPoint } from './ranking.ts';

/** One system's answers to a whole suite. */
export interface SystemRun {
  readonly info: EvaluatedSystem;
  readonly outcomes: readonly Outcome[];
}

/** All figures of one evaluation. */
export function buildReport(
  suite: Pick<SuiteInfo, 'name' | 'sha256'>,
  costPreset: CostPreset,
  model: SystemRun,
  baselines: readonly SystemRun[],
): EvaluationReport {
  const metrics = measure(model.outcomes);
  const malicious = model.outcomes.filter(({ facts }) => facts.label === 'malicious').length;
  const rows = model.outcomes.length;
  const measured: SystemReport[] = [];
  const comparisons: Comparison[] = [];
  for (const { info, outcomes } of baselines) {
    measured.push({ ...info, metrics: measure(outcomes) });
    if (metrics.falsePositiveRate === null || metrics.recall === null) continue;
    const items = scored(outcomes);
    const limit = metrics.falsePositiveRate.rate;
    comparisons.push({
      baseline: info.name,
      falsePositiveRate: limit,
      modelRecall: metrics.recall.rate,
      baselineRecall: items === null ? null : (operatingPoint(items, limit)?.recall ?? null),
    });
  }
  return {
    version: 1,
    suite: { ...suite, rows, benign: rows - malicious, malicious },
    costPreset,
    model: { ...model.info, metrics },
    baselines: measured,
    comparisons,
  };
}
