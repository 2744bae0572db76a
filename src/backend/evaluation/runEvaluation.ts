import type { CostPreset } from '../../contract/decisions.ts';
import type { EvaluationReport } from '../../contract/evaluationReport.ts';
import { majorityRun, keywordPredictor } from './baselines/predictors.ts';
import type { CaseSource } from './caseSource.ts';
import { evaluate } from './evaluate.ts';
import type { Predictor } from './predictor.ts';
import { buildReport } from './report.ts';

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

/**
 * Evaluates a model and its baselines on the same cases, all on this thread.
 *
 * @throws RangeError when the source has no case, else as `evaluate`.
 */
export async function runEvaluation(options: RunEvaluationOptions): Promise<EvaluationReport> {
  const { source, model, baselines, costPreset, ...rest } = options;
  const [modelRun, ...others] = await evaluate(source.cases(), [model, ...baselines, keywordPredictor()], rest);
  if (modelRun === undefined || modelRun.outcomes.length === 0) throw new RangeError(`${source.name} holds no message to evaluate.`);
  const baselineRuns = [...others, majorityRun(modelRun.outcomes)];
  return buildReport({ name: source.name, sha256: source.sha256 }, costPreset, modelRun, baselineRuns);
}
