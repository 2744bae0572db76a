import { PHASES, type Phase } from '../../contract/observation.ts';
import { METRIC_ROLES, type MetricRoleId } from '../../contract/runMetrics.ts';
import {
  RESULT_MEASURES,
  RESULT_MODELS,
  type CurveResult,
  type EvaluatedSuite,
  type GroupResults,
  type ResultFigure,
  type ResultMeasure,
  type ResultModel,
} from '../../contract/runs.ts';
import { EVALUATED_NAMES, roleOf } from './formats/evaluatedModels.ts';
import { EVALUATION_PREFIX, NOTE_KEY } from './formats/evaluationFile.ts';
import { metricValue } from './formats/extendedJson.ts';
import type { RunStore, StoredRun, StoredSeries } from './store/runStore.ts';

/** Share of a curve's points that its start and its end are averaged over. */
const END_SHARE = 0.1;
const CURVES: readonly (readonly [ResultMeasure, MetricRoleId])[] = [
  ['overall_reward', 'reward'],
  ['env_step_reward', 'env_step_reward'],
  ['threat_awareness', 'threat_awareness'],
  ['action_stability', 'kl'],
];

/**
 * The results of every group of runs that was evaluated or trained by reinforcement, from its files alone: the untrained model, the
 * warm start and the trained one on every suite and over the phases together, and the curves' first against their last tenth.
 */
export function groupResults(store: RunStore): readonly GroupResults[] {
  const sources = new Map(store.sources().map(({ id, group }) => [id, group]));
  const groups = Map.groupBy(store.runs(), ({ source }) => source);
  return [...groups].flatMap(([source, runs]) => {
    const reinforced = reinforcedRun(store, runs);
    const evaluated = fromEvaluations(runs);
    const suites = evaluated.length > 0 || reinforced === null ? evaluated : fromHistory(store, reinforced);
    const curves = reinforced === null ? [] : fromCurves(store, reinforced);
    if (suites.length === 0 && curves.length === 0) return [];
    return [{ group: sources.get(source) ?? '', note: noteOf(runs), suites: [...overall(suites), ...suites], curves }];
  });
}

function noteOf(runs: readonly StoredRun[]): string | null {
  for (const { key, summary } of runs) {
    const note = key.startsWith(EVALUATION_PREFIX) ? summary.find(([name]) => name === NOTE_KEY)?.[1] : undefined;
    if (typeof note === 'string') return note;
  }
  return null;
}

type Figures = EvaluatedSuite['figures'];

function figuresOf(of: (measure: ResultMeasure, model: ResultModel) => ResultFigure | null): Figures {
  const row = (measure: ResultMeasure): Figures[ResultMeasure] => ({
    baseline: of(measure, 'baseline'),
    warm_start: of(measure, 'warm_start'),
    trained: of(measure, 'trained'),
  });
  return {
    overall_reward: row('overall_reward'),
    env_step_reward: row('env_step_reward'),
    threat_awareness: row('threat_awareness'),
    action_stability: row('action_stability'),
  };
}

function hasFigure(figures: Figures): boolean {
  return RESULT_MEASURES.some((measure) => RESULT_MODELS.some((model) => figures[measure][model] !== null));
}

interface EvaluatedModel {
  readonly name: string;
  readonly summary: ReadonlyMap<string, StoredRun['summary'][number][1]>;
}

function fromEvaluations(runs: readonly StoredRun[]): EvaluatedSuite[] {
  const models = new Map<ResultModel, EvaluatedModel>();
  for (const { key, name, summary } of runs) {
    const role = key.startsWith(EVALUATION_PREFIX) ? roleOf(key.slice(EVALUATION_PREFIX.length)) : null;
    if (role !== null && !models.has(role)) models.set(role, { name, summary: new Map(summary) });
  }
  if (models.size < 2) return [];
  const keys = [...models.values()].flatMap(({ summary }) => [...summary.keys()]).filter((key) => key.includes('/'));
  const suites = [...new Set(keys.map((key) => key.slice(0, key.lastIndexOf('/'))))];
  return suites.flatMap((on): EvaluatedSuite[] => {
    const figures = figuresOf((measure, model) => {
      const evaluated = models.get(model);
      return evaluated === undefined ? null : evaluatedFigure(evaluated, on, measure);
    });
    const rows = [...models.values()].map(({ summary }) => metricValue(summary.get(`${on}/rows`))).find((count) => count !== null);
    return hasFigure(figures) ? [{ on, phase: phaseOf(on), rows: rows ?? null, figures }] : [];
  });
}

function evaluatedFigure({ name, summary }: EvaluatedModel, suite: string, measure: ResultMeasure): ResultFigure | null {
  const value = (metric: string): number | null => {
    const found = metricValue(summary.get(`${suite}/${metric}`));
    return found === null || !Number.isFinite(found) ? null : found;
  };
  for (const metric of EVALUATED_NAMES[measure]) {
    const found = value(metric);
    if (found !== null) return { value: found, source: `${metric} of ${name} on ${suite}` };
  }
  if (measure !== 'threat_awareness') return null;
  // Threat awareness is the mean, over both classes, of how often the action separates them: these two rates say the same.
  const [recall, falsePositives] = [value('recall'), value('false_positive_rate')];
  if (recall === null || falsePositives === null) return null;
  return { value: (recall + 1 - falsePositives) / 2, source: `mean of recall and 1 − false_positive_rate of ${name} on ${suite}` };
}

function phaseOf(suite: string): Phase | null {
  return PHASES.find((phase) => suite.includes(phase)) ?? null;
}

/** What suites of different phases have in common: their name without the phase. */
function familyOf({ on, phase }: EvaluatedSuite): string {
  return phase === null ? on : on.replace(phase, '').replaceAll(/^[\s/_.-]+|[\s/_.-]+$/g, '');
}

/** The phases of one family together: means weighted by their messages, or plain ones where the numbers of messages are not known. */
function overall(suites: readonly EvaluatedSuite[]): EvaluatedSuite[] {
  const phased = suites.filter(({ phase }) => phase !== null);
  return [...Map.groupBy(phased, familyOf)].flatMap(([family, parts]): EvaluatedSuite[] => {
    if (parts.length < 2) return [];
    const rows = parts.reduce<number | null>((sum, part) => (sum === null || part.rows === null ? null : sum + part.rows), 0);
    const figures = figuresOf((measure, model) => {
      const found = parts.map(({ figures: of }) => of[measure][model]);
      if (found.some((figure) => figure === null)) return null;
      const weights = parts.map((part) => (rows === null ? 1 : (part.rows ?? 0)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const value = found.reduce((sum, figure, index) => sum + (figure?.value ?? 0) * (weights[index] ?? 0), 0) / total;
      const how = rows === null ? 'each counting the same' : 'weighted by their messages';
      return { value, source: `mean over ${parts.length} phases, ${how}` };
    });
    return [{ on: family === '' ? 'all phases' : `${family}, all phases`, phase: null, rows, figures }];
  });
}

/** Names under which a history keeps what was evaluated in the loop on each phase: `reward_bootstrapping`, `eval/kl_bootstrapping`. */
const WATCHED: { readonly [M in ResultMeasure]: readonly string[] } = {
  overall_reward: ['overall_reward'],
  env_step_reward: ['env_step_reward', 'reward'],
  threat_awareness: ['threat_awareness'],
  action_stability: ['kl'],
};

/** Of a run that was evaluated only in the loop: the warm start is what step 0 found, the trained model what the last step found. */
function fromHistory(store: RunStore, run: StoredRun): EvaluatedSuite[] {
  return PHASES.flatMap((phase): EvaluatedSuite[] => {
    const watched = new Map(
      RESULT_MEASURES.map((measure) => {
        const names = WATCHED[measure].flatMap((name) => [`${name}_${phase}`, `eval/${name}_${phase}`]);
        return [measure, store.findSeries(run.id, names)] as const;
      }),
    );
    const figures = figuresOf((measure, model) => {
      const series = watched.get(measure) ?? null;
      if (series === null || model === 'baseline') return null;
      const { steps, values } = store.points(series.id);
      const index = model === 'trained' ? steps.length - 1 : steps.indexOf(0);
      const [step, value] = [steps[index], values[index]];
      if (step === undefined || value === undefined || !Number.isFinite(value)) return null;
      return { value, source: `${series.name} of ${run.name} at step ${step}` };
    });
    return hasFigure(figures) ? [{ on: phase, phase, rows: null, figures }] : [];
  });
}

function findRole(store: RunStore, run: StoredRun, role: MetricRoleId): StoredSeries | null {
  return store.findSeries(run.id, METRIC_ROLES.find(({ id }) => id === role)?.metrics ?? []);
}

/** The stage with both a reward and a distance to its reference is the one that reinforcement trained; the longest counts. */
function reinforcedRun(store: RunStore, runs: readonly StoredRun[]): StoredRun | null {
  return runs
    .filter((run) => findRole(store, run, 'reward') !== null && findRole(store, run, 'kl') !== null)
    .reduce<StoredRun | null>((longest, run) => (longest === null || run.rows > longest.rows ? run : longest), null);
}

function fromCurves(store: RunStore, trained: StoredRun): CurveResult[] {
  return CURVES.flatMap(([measure, role]): CurveResult[] => {
    const series = findRole(store, trained, role);
    if (series === null) return [];
    const values = store.points(series.id).values.filter((value) => Number.isFinite(value));
    if (values.length < 2) return [];
    const share = Math.max(1, Math.round(values.length * END_SHARE));
    const source = (end: 'first' | 'last') => `mean of the ${end} ${share} of ${values.length} points of ${series.name}`;
    // A policy is at no distance from itself.
    const start = measure === 'action_stability' ? { value: 0, source: 'a policy is at no distance from itself' } : null;
    return [
      {
        measure,
        on: trained.name,
        start: start ?? { value: mean(values.subarray(0, share)), source: source('first') },
        end: { value: mean(values.subarray(-share)), source: source('last') },
      },
    ];
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
