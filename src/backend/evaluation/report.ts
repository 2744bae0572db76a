import type { CostPreset } from '../../contract/decisions.ts';
import { measure, scored, type Metrics } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { operatingPoint } from './ranking.ts';

export const SYSTEM_KINDS = ['model', 'linear', 'rules', 'majority'] as const;

/** What was measured: a model of the registry or one of the baselines. */
export interface SystemInfo {
  readonly name: string;
  readonly kind: (typeof SYSTEM_KINDS)[number];
  /** One sentence for people: what it is and what it was fitted on. */
  readonly note: string;
  /** Models only. */
  readonly model?: { readonly id: string; readonly sha256: string; readonly promptVersion: string; readonly calibrated: boolean };
}

export interface SystemReport extends SystemInfo {
  readonly metrics: Metrics;
}

/** What the suite was. */
export interface SuiteInfo {
  /** File name without folders, or `bundled:test` and the like. */
  readonly name: string;
  /** Hash of the file, or of the corpus the messages were generated from. */
  readonly sha256: string;
  readonly rows: number;
  readonly benign: number;
  readonly malicious: number;
}

/** A baseline set against the model at the model's own false-positive rate, so that neither wins by its threshold. */
export interface Comparison {
  readonly baseline: string;
  readonly falsePositiveRate: number;
  readonly modelRecall: number;
  /** The baseline's best recall at no more than that false-positive rate; null when it has no scores to move a threshold on. */
  readonly baselineRecall: number | null;
}

export interface EvaluationReport {
  readonly version: 1;
  readonly suite: SuiteInfo;
  readonly costPreset: CostPreset;
  readonly model: SystemReport;
  readonly baselines: readonly SystemReport[];
  readonly comparisons: readonly Comparison[];
}

/** One system's answers to a whole suite. */
export interface SystemRun {
  readonly info: SystemInfo;
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
  return {
    version: 1,
    suite: { ...suite, rows, benign: rows - malicious, malicious },
    costPreset,
    model: { ...model.info, metrics },
    baselines: baselines.map((run) => ({ ...run.info, metrics: measure(run.outcomes) })),
    comparisons: baselines.flatMap((run) => {
      if (metrics.falsePositiveRate === null || metrics.recall === null) return [];
      const items = scored(run.outcomes);
      const limit = metrics.falsePositiveRate.rate;
      return [
        {
          baseline: run.info.name,
          falsePositiveRate: limit,
          modelRecall: metrics.recall.rate,
          baselineRecall: items === null ? null : (operatingPoint(items, limit)?.recall ?? null),
        },
      ];
    }),
  };
}
