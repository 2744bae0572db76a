import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../../contract/json.ts';
import { isObject, metricValue, parseExtendedJson } from './extendedJson.ts';
import { RunDraft } from './runDraft.ts';

const FILE = 'evaluation.json';
const MOST_BYTES = 16 * 1024 * 1024;

/** Key of a run that is an evaluated model and has no curves. */
export const EVALUATION_PREFIX = 'evaluation:';

/**
 * The models that `evaluation.json` in `folder` compares, `{suite: {model: {metric: number}}}`: one run each, its summary
 * `suite/metric`. None when the file is absent or something else.
 */
export function evaluationDrafts(folder: string): readonly RunDraft[] {
  const path = join(folder, FILE);
  if (!existsSync(path) || statSync(path).size > MOST_BYTES) return [];
  const suites = parseExtendedJson(readFileSync(path, 'utf8'));
  if (!isObject(suites)) return [];
  const drafts = new Map<string, RunDraft>();
  for (const [suite, models] of Object.entries(suites)) {
    if (!isObject(models)) continue;
    for (const [model, metrics] of Object.entries(models)) {
      if (!isObject(metrics)) continue;
      const figures = Object.entries(metrics).filter(([, value]) => metricValue(value) !== null);
      if (figures.length === 0) continue;
      const draft = drafts.get(model) ?? new RunDraft(`${EVALUATION_PREFIX}${model}`, `evaluation: ${model}`);
      drafts.set(model, draft);
      draft.addSummary(Object.fromEntries(figures.map(([name, value]): [string, JsonValue] => [`${suite}/${name}`, value])));
      draft.end = 'finished';
    }
  }
  return [...drafts.values()];
}
