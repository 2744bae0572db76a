import { RESULT_MEASURES, RESULT_MODELS, type EvaluatedSuite, type GroupResults, type ResultMeasure } from '../../../contract/runs.ts';

/** Measures for which no suite has a figure of any model. */
export function missingMeasures(suites: readonly EvaluatedSuite[]): readonly ResultMeasure[] {
  return RESULT_MEASURES.filter((measure) =>
    suites.every(({ figures }) => RESULT_MODELS.every((model) => figures[measure][model] === null)),
  );
}

/** The first group whose evaluation holds every measure; else the first that was evaluated; else the first. */
export function firstShownGroup(results: readonly GroupResults[]): number {
  const whole = results.findIndex(({ suites }) => suites.length > 0 && missingMeasures(suites).length === 0);
  if (whole >= 0) return whole;
  return Math.max(
    0,
    results.findIndex(({ suites }) => suites.length > 0),
  );
}
