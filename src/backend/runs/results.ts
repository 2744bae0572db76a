import { METRIC_ROLES, type MetricRoleId } from '../../contract/runMetrics.ts';
import type { GroupResults, ResultRow } from '../../contract/runs.ts';
import { metricValue } from './formats/extendedJson.ts';
import { EVALUATION_PREFIX } from './formats/evaluationFile.ts';
import type { RunStore, StoredRun, StoredSeries } from './store/runStore.ts';

/** Share of a curve's points that its start and its end are averaged over. */
const END_SHARE = 0.1;

/** A measure as an evaluated model's summary names it, `suite/metric`. */
const EVALUATED = {
  overall_reward: [],
  env_step_reward: ['env_step_reward_mean', 'env_step_reward', 'mean_reward', 'env_reward'],
  threat_awareness: ['threat_awareness_mean', 'threat_awareness', 'recall'],
  action_stability: ['kl'],
} as const;
const CURVES: readonly (readonly [ResultRow['measure'], MetricRoleId])[] = [
  ['overall_reward', 'reward'],
  ['env_step_reward', 'env_step_reward'],
  ['threat_awareness', 'threat_awareness'],
  ['action_stability', 'kl'],
];

/**
 * The results of every group of runs that was trained by reinforcement, from its files alone: the untrained against the trained
 * model where both were evaluated, and the curves' first against their last tenth.
 */
export function groupResults(store: RunStore): readonly GroupResults[] {
  const sources = new Map(store.sources().map(({ id, group }) => [id, group]));
  const groups = new Map<number, StoredRun[]>();
  for (const run of store.runs()) groups.set(run.source, [...(groups.get(run.source) ?? []), run]);
  return [...groups].flatMap(([source, runs]) => {
    const rows = [...fromCurves(store, runs), ...fromEvaluations(runs)];
    return rows.length === 0 ? [] : [{ group: sources.get(source) ?? '', rows }];
  });
}

/** The last stage with both a reward and a distance to its reference is the one that reinforcement trained; the longest counts. */
function fromCurves(store: RunStore, runs: readonly StoredRun[]): ResultRow[] {
  const find = (run: StoredRun, role: MetricRoleId): StoredSeries | null =>
    store.findSeries(run.id, METRIC_ROLES.find(({ id }) => id === role)?.metrics ?? []);
  const trained = runs
    .filter((run) => find(run, 'reward') !== null && find(run, 'kl') !== null)
    .reduce<StoredRun | null>((longest, run) => (longest === null || run.rows > longest.rows ? run : longest), null);
  if (trained === null) return [];
  return CURVES.flatMap(([measure, role]): ResultRow[] => {
    const series = find(trained, role);
    if (series === null) return [];
    const values = store.points(series.id).values.filter((value) => Number.isFinite(value));
    if (values.length < 2) return [];
    const share = Math.max(1, Math.round(values.length * END_SHARE));
    const source = (end: 'first' | 'last') => `mean of the ${end} ${share} of ${values.length} points of ${series.name}`;
    const reference = measure === 'action_stability';
    return [
      {
        measure,
        baseline: reference ? 0 : mean(values.subarray(0, share)),
        trained: mean(values.subarray(-share)),
        baselineSource: reference ? 'a policy is at no distance from itself' : source('first'),
        trainedSource: source('last'),
        on: trained.name,
      },
    ];
  });
}

function fromEvaluations(runs: readonly StoredRun[]): ResultRow[] {
  const evaluated = runs.filter(({ key }) => key.startsWith(EVALUATION_PREFIX));
  const named = (pattern: RegExp) => evaluated.find(({ key }) => pattern.test(key.slice(EVALUATION_PREFIX.length)));
  const baseline = named(/^(base|baseline|untrained)\b/i);
  const trained = named(/^(defender|omniguard|trained)\b/i) ?? evaluated.at(-1);
  if (baseline === undefined || trained === undefined || trained === baseline) return [];
  const [before, after] = [new Map(baseline.summary), new Map(trained.summary)];
  const suites = [...new Set([...before.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))))];
  return suites.flatMap((suite) =>
    Object.entries(EVALUATED).flatMap(([measure, names]): ResultRow[] => {
      const name = names.find((candidate) => before.has(`${suite}/${candidate}`) && after.has(`${suite}/${candidate}`));
      if (name === undefined) return [];
      return [
        {
          measure: measure as ResultRow['measure'],
          baseline: metricValue(before.get(`${suite}/${name}`)),
          trained: metricValue(after.get(`${suite}/${name}`)),
          baselineSource: `${name} of ${baseline.name}`,
          trainedSource: `${name} of ${trained.name}`,
          on: suite,
        },
      ];
    }),
  );
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
