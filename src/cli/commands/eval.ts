import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { COST_PRESETS, type CostPreset } from '../../contract/decisions.ts';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import { PHASES, type Phase } from '../../contract/observation.ts';
import { modelIdSchema, type ModelId } from '../../contract/ids.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { loadBundledCorpus } from '../../backend/corpora/bundledCorpus.ts';
import { calibratedEmbedders } from '../../backend/critic/calibratedEmbedders.ts';
import { InputError } from '../../backend/datasets/inputError.ts';
import { fitOnFiles, fitOnSource } from '../../backend/evaluation/baselines/fitBaselines.ts';
import type { CaseSource } from '../../backend/evaluation/caseSource.ts';
import { createDriftMeter, type LoadedEmbedder } from '../../backend/evaluation/driftMeter.ts';
import { bundledName, generatedSource } from '../../backend/evaluation/generatedSource.ts';
import { defenderPredictor, type Predictor } from '../../backend/evaluation/predictor.ts';
import { textReport } from '../../backend/evaluation/rendering/text.ts';
import type { EvaluationReport } from '../../contract/evaluationReport.ts';
import { runEvaluation } from '../../backend/evaluation/runEvaluation.ts';
import { suiteSource } from '../../backend/evaluation/suiteSource.ts';
import { writeReport } from '../../backend/evaluation/writeReport.ts';
import { createInferenceService, type InferenceService } from '../../backend/inference/inferenceService.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { CliError } from '../cliError.ts';
import { interruptible } from '../interruptible.ts';
import { collect, integer, modelId, oneOf } from '../options.ts';
import { progressLine, type ProgressLine } from '../progressLine.ts';

interface EvalArguments {
  readonly suite: string;
  readonly model: string;
  /** False: none. */
  readonly baseline?: string | false;
  readonly train: readonly string[];
  /** False: none; absent: every calibrated one. */
  readonly embedder?: ModelId | false;
  readonly costPreset: CostPreset;
  readonly count: number;
  readonly seed: number;
  readonly phase?: Phase;
  readonly batch: number;
  readonly threads?: number;
  readonly models: string;
  readonly json?: true;
  readonly out?: string;
}

const MODELS = fileURLToPath(new URL('../../../models/', import.meta.url));
const DEFAULT_COUNT = 2_000;
/** Generated rows that the linear baseline is fitted on when no file is given. */
const LINEAR_ROWS = 6_000;
const LINEAR_SEED = 1;

export function register(parent: Command): void {
  parent
    .command('eval')
    .description('Scores a model and its baselines on a labelled suite, or on generated messages of a split.')
    .requiredOption('--suite <file>', `labelled suite (JSON lines), or ${SPLITS.map(bundledName).join(', ')}`)
    .requiredOption('--model <id>', 'model to evaluate')
    .option('--baseline <id>', 'model to compare with (the untrained one of the same tier)')
    .option('--no-baseline', 'compare with no other model')
    .option('--train <file>', 'suite or training rows to fit the linear baseline on; may be repeated (generated rows)', collect, [])
    .option('--embedder <id>', 'embedder of the semantic critic, measured on changed definitions (every calibrated one)', modelId)
    .option('--no-embedder', 'measure the critic with its own hashed n-grams only')
    .option('--cost-preset <preset>', `cost matrix: ${COST_PRESETS.join(', ')}`, oneOf(COST_PRESETS), 'balanced')
    .option('--count <n>', 'generated messages', integer(1, 1_000_000), DEFAULT_COUNT)
    .option('--seed <n>', 'seed of the generated messages', integer(0, 4_294_967_295), 1)
    .option('--phase <phase>', `generated messages of one phase: ${PHASES.join(', ')}`, oneOf(PHASES))
    .option('--batch <n>', 'messages decided together; 1 keeps decision times honest on a CPU', integer(1, 1_024), 1)
    .option('--threads <n>', 'threads for inference', integer(1, 256))
    .option('--models <directory>', 'models directory', MODELS)
    .option('--out <directory>', 'write report.json, report.md and reliability.svg there')
    .option('--json', 'print the report as JSON and nothing else')
    .action(run);
}

async function run(options: EvalArguments): Promise<void> {
  const progress = progressLine(process.stderr);
  try {
    const report = await interruptible((signal) => evaluateModel(options, progress, signal));
    progress.clear();
    if (options.out !== undefined) {
      const files = await writeReport(options.out, report);
      progress.done(`Wrote ${files.map((file) => path.basename(file)).join(', ')}.`);
    }
    process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : textReport(report));
  } catch (error) {
    progress.clear();
    if (error instanceof InputError) throw new CliError(error.message, 2, { cause: error });
    throw error;
  }
}

async function evaluateModel(options: EvalArguments, progress: ProgressLine, signal: AbortSignal): Promise<EvaluationReport> {
  const source = await openSource(options, signal);
  const service = await createInferenceService({
    modelsDir: options.models,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  try {
    const entry = findModel(service, options.model);
    const other = options.baseline === false ? null : findBaseline(service, entry, options.baseline);
    const load = async ({ id }: ModelEntry): Promise<Predictor> =>
      defenderPredictor(await service.loadDefender(id, { signal }), options.costPreset);
    const model = await load(entry);
    const baselines = [...(other === null ? [] : [await load(other)]), ...(await linearBaselines(options.train, signal))];
    const meter = createDriftMeter(await loadEmbedders(service, options.embedder, signal));
    const report = await runEvaluation({
      source: meter.watch(source),
      model,
      baselines,
      costPreset: options.costPreset,
      batch: options.batch,
      signal,
      onProgress: (done) => progress.show(`${done} of ${source.size} messages`),
    });
    const drift = meter.report();
    return drift === undefined ? report : { ...report, drift };
  } finally {
    await service.dispose();
  }
}

async function loadEmbedders(
  service: InferenceService,
  chosen: ModelId | false | undefined,
  signal: AbortSignal,
): Promise<readonly LoadedEmbedder[]> {
  if (chosen === false) return [];
  const entries = chosen === undefined ? calibratedEmbedders(service.status()) : [findEmbedder(service, chosen)];
  const loaded: LoadedEmbedder[] = [];
  for (const entry of entries) loaded.push({ entry, embedder: await service.loadEmbedder(entry.id, { signal }) });
  return loaded;
}

async function openSource({ suite, count, seed, phase }: EvalArguments, signal: AbortSignal): Promise<CaseSource> {
  const split = SPLITS.find((candidate) => bundledName(candidate) === suite);
  if (split === undefined) return suiteSource(suite, { signal });
  return bundledSource(split, { count, seed, phases: phase === undefined ? PHASES : [phase] });
}

async function bundledSource(
  split: Split,
  draw: { readonly count: number; readonly seed: number; readonly phases: readonly Phase[] },
): Promise<CaseSource> {
  return generatedSource({ environment: { config: { ...DEFAULT_CONFIG, split }, pool: await loadBundledCorpus() }, ...draw });
}

async function linearBaselines(files: readonly string[], signal: AbortSignal): Promise<readonly Predictor[]> {
  if (files.length > 0)
    return fitOnFiles(
      files.map((file) => ({ file, name: path.basename(file) })),
      { signal },
    );
  return [await fitOnSource(await bundledSource('train', { count: LINEAR_ROWS, seed: LINEAR_SEED, phases: PHASES }), { signal })];
}

function findModel({ registry }: InferenceService, id: string): ModelEntry {
  const parsed = modelIdSchema.safeParse(id);
  if (!parsed.success) throw new CliError(`"${id}" is not a model id: lower-case letters, digits, dots, dashes and underscores.`, 2);
  const entry = registry.manifest.models.find((model) => model.id === parsed.data);
  if (entry !== undefined && entry.role !== 'embedder') return entry;
  const known = registry.manifest.models.filter((model) => model.role !== 'embedder').map((model) => model.id);
  throw new CliError(`There is no decision model "${id}"; known are: ${known.join(', ') || 'none'}.`, 2);
}

function findEmbedder({ registry }: InferenceService, id: ModelId): ModelEntry {
  const embedders = registry.manifest.models.filter(({ role }) => role === 'embedder');
  const entry = embedders.find((model) => model.id === id);
  if (entry !== undefined) return entry;
  throw new CliError(`There is no embedder "${id}"; known are: ${embedders.map((model) => model.id).join(', ') || 'none'}.`, 2);
}

/** The model named, or the untrained one of the same tier; null when there is none beside the model itself. */
function findBaseline(service: InferenceService, model: ModelEntry, id: string | undefined): ModelEntry | null {
  if (id !== undefined) return findModel(service, id);
  const peers = service.registry.manifest.models.filter(({ role, tier }) => role === 'baseline' && tier === model.tier);
  return peers.find((peer) => peer.id !== model.id) ?? null;
}
