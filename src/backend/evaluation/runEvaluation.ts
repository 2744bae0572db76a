import type { CostPreset } from '../../contract/decisions.ts';
import type { EvaluationReport } from '../../contract/evaluationReport.ts';
import { majorityRun, keywordPredictor } from './baselines/predictors.ts';
import type { CaseSource } from './caseSource.ts';
import { evaluate } from './evaluate.ts';
import type { Predictor } from './predictor.ts';
import { reporting, type SystemRun } from './report.ts';
import { inTurns } from './turnTaker.ts';

export interface RunEvaluationOptions {
  readonly source: CaseSource;
  readonly model: Predictor;
  /** Systems to compare with, beside the keyword rules and the majority that every report holds. */
  readonly baselines: readonly Predictor[];
  readonly costPreset: CostPreset;
  readonly batch?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** A report with the answers that it sums up. */
export interface Evaluated {
  readonly report: EvaluationReport;
  readonly model: SystemRun;
  readonly baselines: readonly SystemRun[];
}

/**
 * Evaluates a model and its baselines on the same cases.
 *
 * @throws RangeError when the source has no case, else as `evaluate`.
 */
export async function evaluateSystems(options: RunEvaluationOptions): Promise<Evaluated> {
  const { source, model, baselines, costPreset, ...rest } = options;
  const [modelRun, ...others] = await evaluate(source.cases(), [model, ...baselines, keywordPredictor()], rest);
  if (modelRun === undefined || modelRun.outcomes.length === 0) throw new RangeError(`${source.name} holds no message to evaluate.`);
  const baselineRuns = [...others, majorityRun(modelRun.outcomes)];
  const report = await inTurns(reporting({ name: source.name, sha256: source.sha256 }, costPreset, modelRun, baselineRuns), options.signal);
  return { report, model: modelRun, baselines: baselineRuns };
}

/** The report alone. @throws as `evaluateSystems` */
export async function runEvaluation(options: RunEvaluationOptions): Promise<EvaluationReport> {
  return (await evaluateSystems(options)).report;
}
