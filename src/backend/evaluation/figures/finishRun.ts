import type { EvaluationSummary, SystemRoc } from '../../../contract/evaluations.ts';
import { majorityRun } from '../baselines/predictors.ts';
import { writeEvaluationFile } from '../evaluationFile.ts';
import { scored } from '../metrics.ts';
import type { Outcome } from '../outcome.ts';
import { rocCurve } from '../ranking.ts';
import { buildReport, type SystemRun } from '../report.ts';
import { evaluatedCase } from './evaluatedCase.ts';
import type { FinishedRun } from './figuresJobs.ts';

/**
 * Computes all figures of a run and writes its file.
 *
 * @param outcomes one list for each of the run's systems, the model's first
 * @throws RangeError when no case was decided; EvaluationError when the file cannot be written
 */
export async function finishRun(run: FinishedRun, outcomes: readonly (readonly Outcome[])[]): Promise<EvaluationSummary> {
  const { head, suite, costPreset, systems, drift, mistakes, messages, path } = run;
  const [model, ...others] = systems.map((info, index): SystemRun => ({ info, outcomes: outcomes[index] ?? [] }));
  if (model === undefined || model.outcomes.length === 0) throw new RangeError(`${suite.name} holds no message to evaluate.`);
  const figures = buildReport(suite, costPreset, model, [...others, majorityRun(model.outcomes)]);
  const report = drift === undefined ? figures : { ...figures, drift };
  const { metrics } = report.model;
  const summary: EvaluationSummary = {
    ...head,
    suite: report.suite.name,
    rows: report.suite.rows,
    costPreset,
    recall: metrics.recall,
    falsePositiveRate: metrics.falsePositiveRate,
    auroc: metrics.ranking?.auroc ?? null,
  };
  const roc = [model, ...others].flatMap(rocOf);
  await writeEvaluationFile(path, summary, { report, roc, cases: model.outcomes.map(evaluatedCase), mistakes, messages });
  return summary;
}

function rocOf({ info, outcomes }: SystemRun): readonly SystemRoc[] {
  const items = scored(outcomes);
  return items === null ? [] : [{ system: info.name, points: rocCurve(items) }];
}
