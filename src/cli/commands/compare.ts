import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { compare } from '../../backend/comparison/compare.ts';
import { withCriticEmbedder } from '../../backend/critic/criticEmbedder.ts';
import { DEFAULT_SCOPE } from '../../backend/comparison/liveService.ts';
import { loadBundledCorpus } from '../../backend/corpora/bundledCorpus.ts';
import { InferenceError } from '../../backend/inference/inferenceError.ts';
import { createInferenceService, type InferenceService } from '../../backend/inference/inferenceService.ts';
import { openResilientStore } from '../../backend/store/resilientEpisodeStore.ts';
import { ACTIONS } from '../../contract/actions.ts';
import { COST_PRESETS, type CostPreset } from '../../contract/decisions.ts';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import type { ModelId } from '../../contract/ids.ts';
import { LANES, type CompareReport, type LiveScope } from '../../contract/live.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { PHASES } from '../../contract/observation.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { CliError } from '../cliError.ts';
import { interruptible } from '../interruptible.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { integer, modelId, oneOf } from '../options.ts';
import { progressLine, type ProgressLine } from '../progressLine.ts';

interface CompareArguments {
  readonly episodes: number;
  readonly seed: number;
  readonly baseline: ModelId;
  readonly trained: ModelId;
  readonly split: Split;
  readonly phase: LiveScope['phase'];
  readonly costPreset: CostPreset;
  readonly threads?: number;
  readonly embedder?: ModelId;
  readonly data: string;
  readonly models: string;
  readonly json?: true;
}

const MODELS = fileURLToPath(new URL('../../../models/', import.meta.url));
const ALL_PHASES = ['auto', ...PHASES] as const;

export function register(parent: Command): void {
  parent
    .command('compare')
    .description(
      'Plays episodes with two models side by side. Equal seeds give equal actions: decision times are measured, but cost nothing.',
    )
    .option('--episodes <n>', 'episodes to play', integer(1, 1_000_000), 20)
    .option('--seed <n>', 'seed of the comparison', integer(0, 4_294_967_295), 1)
    .option('--baseline <id>', 'model of the baseline lane', modelId, DEFAULT_SCOPE.baseline)
    .option('--trained <id>', 'model of the trained lane', modelId, DEFAULT_SCOPE.trained)
    .option('--split <split>', `servers and templates: ${SPLITS.join(', ')}`, oneOf(SPLITS), 'test')
    .option('--phase <phase>', `curriculum phase: ${ALL_PHASES.join(', ')}`, oneOf(ALL_PHASES), 'auto')
    .option('--cost-preset <preset>', `cost matrix: ${COST_PRESETS.join(', ')}`, oneOf(COST_PRESETS), DEFAULT_SCOPE.costPreset)
    .option('--embedder <id>', 'model embedder of the semantic critic instead of hashed n-grams', modelId)
    .option('--threads <n>', 'threads for inference', integer(1, 256))
    .option('--data <directory>', 'folder for episodes (OMNIGUARD_DATA)', defaultDataDir())
    .option('--models <directory>', 'models directory', process.env['OMNIGUARD_MODELS'] ?? MODELS)
    .option('--json', 'print the report as JSON and nothing else')
    .action(run);
}

async function run(options: CompareArguments): Promise<void> {
  const progress = progressLine(process.stderr);
  const report = await interruptible(
    (signal) => play(options, progress, signal),
    'Interrupted; the episodes played so far are in the episode store.',
  );
  progress.clear();
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : compareTable(report));
}

async function play(options: CompareArguments, progress: ProgressLine, signal: AbortSignal): Promise<CompareReport> {
  const inference = await createInferenceService({
    modelsDir: options.models,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const ids = { baseline: known(inference, options.baseline).id, trained: known(inference, options.trained).id };
  const critic = options.embedder === undefined ? null : known(inference, options.embedder);
  const config = critic === null ? DEFAULT_CONFIG : badInput(() => withCriticEmbedder(DEFAULT_CONFIG, critic));
  const pool = await loadBundledCorpus();
  const store = openResilientStore(options.data, (problem) => process.stderr.write(`${problem.message}\n`));
  try {
    const defenders = {
      baseline: await inference.loadDefender(ids.baseline, { signal }),
      trained: await inference.loadDefender(ids.trained, { signal }),
    };
    return await compare({
      environment: { config: { ...config, split: options.split }, pool },
      defenders,
      embedder: critic === null ? null : await inference.loadEmbedder(critic.id, { signal }),
      scope: { seed: options.seed, phase: options.phase, costPreset: options.costPreset },
      episodes: options.episodes,
      store,
      path: (entry) => inference.registry.path(entry),
      signal,
      onProgress: ({ episodes, steps }) => progress.show(`${episodes} of ${options.episodes} episodes, ${steps} decisions`),
    });
  } finally {
    await inference.dispose();
    store.close();
  }
}

/** @throws CliError 2 for an id that the registry does not have */
function known(inference: InferenceService, id: ModelId): ModelEntry {
  return badInput(() => inference.registry.entry(id));
}

/** @throws CliError 2 for what the registry refuses */
function badInput<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof InferenceError) throw new CliError(error.message, 2, { cause: error });
    throw error;
  }
}

/** The report for people. */
export function compareTable(report: CompareReport): string {
  const { lanes } = report;
  const row = (name: string, value: (lane: CompareReport['lanes']['trained']) => string): readonly string[] => [
    name,
    ...LANES.map((lane) => value(lanes[lane])),
  ];
  const rows = [
    row('', ({ model }) => model.id),
    row('steps played', ({ steps }) => String(steps)),
    row('mean reward per step', ({ meanReward }) => meanReward.toFixed(4)),
    row('breaches', ({ breaches }) => String(breaches)),
    row('alert fatigue', ({ alertFatigue }) => (alertFatigue === null ? '-' : `${(100 * alertFatigue).toFixed(1)} %`)),
    row('TP / TN / FP / FN', (lane) => [lane.truePositives, lane.trueNegatives, lane.falsePositives, lane.falseNegatives].join(' / ')),
    row('decision time p50 / p95', ({ decisionMs }) =>
      decisionMs === null ? '-' : `${decisionMs.p50.toFixed(1)} / ${decisionMs.p95.toFixed(1)} ms`,
    ),
    ...ACTIONS.map((action) => row(action, ({ actions }) => String(actions[action]))),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map(([name = '', ...cells]) =>
    [name.padEnd(widths[0] ?? 0), ...cells.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))].join('  '),
  );
  const summary = `${report.episodes} episodes from seed ${report.seed}; reward gap ${report.rewardGap >= 0 ? '+' : ''}${report.rewardGap.toFixed(4)} per step`;
  return `${lines.join('\n')}\n\n${summary}\n`;
}
