import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../../contract/json.ts';
import { EVALUATED_NAMES, roleOf } from './evaluatedModels.ts';
import { isObject, metricValue, parseExtendedJson } from './extendedJson.ts';
import { RunDraft } from './runDraft.ts';

const EVALUATION_FILE = 'evaluation.json';
const SUMMARY_FILE = 'summary.json';
/** Both lie beside the history of the run that they are about. */
export const EVALUATION_FILES = [EVALUATION_FILE, SUMMARY_FILE] as const;
const MOST_BYTES = 16 * 1024 * 1024;

/** Key of a run that is an evaluated model and has no curves. */
export const EVALUATION_PREFIX = 'evaluation:';
/** Entry of a summary that says something about the whole run, in words. */
export const NOTE_KEY = 'note';

/**
 * The models that a training run's files in `folder` compare: one run each, its summary `suite/metric`. `evaluation.json` is
 * `{suite: {model: {metric: number}}}`; `summary.json`, `{note?, results: the same}`, adds what the other does not hold. None where
 * both are absent or something else.
 */
export function evaluationDrafts(folder: string): readonly RunDraft[] {
  const drafts = new Map<string, RunDraft>();
  const draftOf = (model: string): RunDraft => {
    const draft = drafts.get(model) ?? new RunDraft(`${EVALUATION_PREFIX}${model}`, `evaluation: ${model}`);
    draft.end = 'finished';
    drafts.set(model, draft);
    return draft;
  };
  for (const [suite, model, figures] of figuresOf(readJson(join(folder, EVALUATION_FILE)))) {
    draftOf(model).addSummary(Object.fromEntries(figures.map(([name, value]) => [`${suite}/${name}`, value])));
  }
  const summary = readJson(join(folder, SUMMARY_FILE));
  if (!isObject(summary)) return [...drafts.values()];
  for (const [suite, model, figures] of figuresOf(summary['results'])) {
    const role = roleOf(model);
    // It names the models in its own way; what plays no part in the comparison stands in the evaluation alone.
    if (role === null) continue;
    const draft = draftOf([...drafts.keys()].find((name) => roleOf(name) === role) ?? model);
    const added = figures.filter(([name]) => !namesOf(name).some((alias) => draft.summary.has(`${suite}/${alias}`)));
    draft.addSummary(Object.fromEntries(added.map(([name, value]) => [`${suite}/${name}`, value])));
  }
  const note = summary[NOTE_KEY];
  if (typeof note === 'string') for (const draft of drafts.values()) draft.addSummary({ [NOTE_KEY]: note });
  return [...drafts.values()];
}

type Figures = readonly (readonly [name: string, value: JsonValue])[];

function figuresOf(suites: JsonValue | undefined): (readonly [suite: string, model: string, figures: Figures])[] {
  if (!isObject(suites)) return [];
  return Object.entries(suites).flatMap(([suite, models]) => {
    if (!isObject(models)) return [];
    return Object.entries(models).flatMap(([model, metrics]) => {
      const figures = isObject(metrics) ? Object.entries(metrics).filter(([, value]) => metricValue(value) !== null) : [];
      return figures.length === 0 ? [] : [[suite, model, figures] as const];
    });
  });
}

/** All names of the measure that a metric is, itself included. */
function namesOf(metric: string): readonly string[] {
  return Object.values(EVALUATED_NAMES).find((names) => names.includes(metric)) ?? [metric];
}

function readJson(path: string): JsonValue | undefined {
  if (!existsSync(path) || statSync(path).size > MOST_BYTES) return undefined;
  return parseExtendedJson(readFileSync(path, 'utf8'));
}
