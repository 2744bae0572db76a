import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { CorpusStreamError } from '../../backend/corpora/hub/corpusStreamError.ts';
import { createHubClient, hubOptionsFrom } from '../../backend/corpora/hub/hubClient.ts';
import { calibrateCritic } from '../../backend/critic/calibrateCritic.ts';
import { calibrateModel, type CalibrationRow } from '../../backend/inference/calibrateModel.ts';
import { InferenceError } from '../../backend/inference/inferenceError.ts';
import { createInferenceService, type InferenceService } from '../../backend/inference/inferenceService.ts';
import { editPairSchema } from '../../backend/datasets/editPair.ts';
import { readCatalogue } from '../../backend/inference/modelCatalogue.ts';
import { pullModel } from '../../backend/inference/pullModel.ts';
import { InputError } from '../../backend/datasets/inputError.ts';
import { readLines } from '../../backend/datasets/jsonLines.ts';
import { parseLine } from '../../backend/datasets/parseLine.ts';
import { modelIdSchema, type ModelId } from '../../contract/ids.ts';
import type { ModelEntry, ModelStatus } from '../../contract/models.ts';
import { actionSchema } from '../../contract/schemas.ts';
import { CliError } from '../cliError.ts';
import { interruptible } from '../interruptible.ts';
import { between } from '../options.ts';
import { progressLine } from '../progressLine.ts';

const MODELS = join(import.meta.dirname, '../../../models');

interface DirectoryOption {
  readonly models: string;
}

export function register(parent: Command): void {
  const models = parent.command('models').description('The model registry.');
  const withDirectory = (command: Command): Command =>
    command.option('--models <directory>', 'models directory', process.env['OMNIGUARD_MODELS'] ?? MODELS);
  withDirectory(models.command('list').description('Lists the models and whether their files are there.'))
    .option('--json', 'print JSON')
    .action((options: DirectoryOption & { readonly json?: boolean }) => report(options, (service) => Promise.resolve(service.status())));
  withDirectory(models.command('verify').description('Hashes every file against the manifest and reads its header.'))
    .option('--json', 'print JSON')
    .action((options: DirectoryOption & { readonly json?: boolean }) => report(options, (service) => service.verify()));
  withDirectory(
    models.command('pull <id>').description('Fetches a model of others from the Hugging Face Hub (HF_ENDPOINT, HF_TOKEN).'),
  ).action(pull);
  withDirectory(
    models
      .command('calibrate <id>')
      .description(
        'Fits the temperature of a model, or the critic with an embedder, on labelled rows, through the file that ships, and writes it into the manifest.',
      ),
  )
    .requiredOption(
      '--rows <file>',
      'JSON lines as `dataset` writes them, for an embedder as `dataset --pairs` does; not rows the model was trained on',
    )
    .option('--fpr <share>', 'share of benign edits that the critic may find harmful; embedders only', between(0, 0.5), 0.05)
    .option('--bias', 'fit a bias for each action too; only with rows mixed as in use')
    .option('--fitted-on <words>', 'what the rows are, kept in the manifest')
    .action(calibrate);
}

async function pull(id: string, { models }: DirectoryOption): Promise<void> {
  const progress = progressLine(process.stderr);
  const pulled = await asCliError(async () => {
    const catalogue = await readCatalogue(models);
    const entry = catalogue.find((model) => model.id === id);
    if (entry === undefined) {
      const known = catalogue.map((model) => model.id).join(', ') || 'none';
      throw new CliError(`The catalogue has no model "${id}"; known are: ${known}.`, 2);
    }
    const hub = createHubClient({ ...hubOptionsFrom(process.env), kind: 'model' });
    return withService({ models }, ({ registry }) =>
      interruptible(
        (signal) =>
          pullModel({
            registry,
            entry,
            hub,
            signal,
            onProgress: (done, total) => progress.show(`${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`),
          }),
        'Interrupted; pull it again to go on from here.',
      ),
    );
  }).finally(() => progress.clear());
  process.stdout.write(`${pulled.id}: ${(pulled.bytes / 1e6).toFixed(1)} MB, sha256 ${pulled.sha256}, ${pulled.licence}\n`);
}

async function withService<T>(options: DirectoryOption, use: (service: InferenceService) => Promise<T>): Promise<T> {
  const service = await createInferenceService({ modelsDir: options.models });
  try {
    return await use(service);
  } finally {
    await service.dispose();
  }
}

async function report(
  options: DirectoryOption & { readonly json?: boolean },
  statuses: (service: InferenceService) => Promise<ModelStatus[]>,
): Promise<void> {
  const found = await asCliError(() => withService(options, statuses));
  if (options.json === true) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length === 0) process.stdout.write('The manifest names no models.\n');
  else for (const status of found) process.stdout.write(`${line(status)}\n`);
  if (found.some(({ problem }) => problem !== null)) process.exitCode = 1;
}

function line({ entry, problem }: ModelStatus): string {
  const size = `${(entry.bytes / 1_000_000).toFixed(1)} MB`;
  return [
    entry.id.padEnd(24),
    entry.role.padEnd(9),
    entry.tier.padEnd(6),
    size.padStart(10),
    calibrated(entry).padEnd(15),
    problem ?? 'ok',
  ].join('  ');
}

function calibrated({ calibration, criticCalibration }: ModelEntry): string {
  if (criticCalibration !== undefined) return `drift ${criticCalibration.threshold.toFixed(3)}`;
  return calibration === null ? 'not calibrated' : `T ${calibration.temperature.toFixed(3)}`;
}

const rowSchema = z.object({ body: z.string(), fitting: actionSchema });

const { reference, candidate, label, lexical, structural } = editPairSchema.shape;
const pairSchema = z.object({ reference, candidate, label, lexical, structural });

async function* rowsOf<T>(schema: z.ZodType<T>, file: string, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  for await (const text of readLines(file, { signal })) {
    const parsed = parseLine(schema, text);
    if (!parsed.ok) throw new InputError(file, [parsed.problem]);
    yield parsed.value;
  }
}

interface CalibrateOptions extends DirectoryOption {
  readonly rows: string;
  readonly fpr: number;
  readonly bias?: boolean;
  readonly fittedOn?: string;
}

async function calibrate(idText: string, options: CalibrateOptions): Promise<void> {
  const id = modelIdSchema.safeParse(idText);
  if (!id.success) throw new CliError(`"${idText}" is not a model id.`, 2);
  const progress = progressLine(process.stderr);
  const fittedOn = options.fittedOn ?? 'held-out rows of the dataset command';
  const line = await asCliError(() =>
    withService(options, (service) =>
      interruptible((signal) => {
        const work: Fitting = { service, id: id.data, fittedOn, signal, onProgress: (rows) => progress.show(`${rows} rows scored`) };
        return service.registry.entry(id.data).role === 'embedder' ? fitEmbedder(work, options) : fitDecisions(work, options);
      }),
    ),
  );
  progress.clear();
  process.stdout.write(`${line}\n`);
}

interface Fitting {
  readonly service: InferenceService;
  readonly id: ModelId;
  readonly fittedOn: string;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number) => void;
}

async function fitDecisions(work: Fitting, options: CalibrateOptions): Promise<string> {
  const { calibration, fitted, tooLong } = await calibrateModel({
    ...work,
    rows: rowsOf<CalibrationRow>(rowSchema, options.rows, work.signal),
    bias: options.bias === true,
  });
  const bias = options.bias === true ? `, bias ${calibration.bias.map((value) => value.toFixed(2)).join(' ')}` : '';
  const { falseAlarmCost } = calibration;
  const costs = falseAlarmCost === undefined ? '' : `; cost of a false alarm ${falseAlarmCost.toFixed(2)}`;
  return (
    `${work.id}: temperature ${calibration.temperature.toFixed(4)}${bias} from ${calibration.rows} rows${tooLong > 0 ? ` (${tooLong} too long)` : ''}; ` +
    `ECE ${calibration.eceBefore.toFixed(4)} -> ${calibration.eceAfter.toFixed(4)}, NLL ${fitted.nllBefore.toFixed(4)} -> ${fitted.nllAfter.toFixed(4)}${costs}`
  );
}

async function fitEmbedder(work: Fitting, options: CalibrateOptions): Promise<string> {
  const pairs = rowsOf(pairSchema, options.rows, work.signal);
  const { calibration, fitted } = await calibrateCritic({ ...work, pairs, fprTarget: options.fpr });
  const { embedding, lexical, structural } = calibration.weights;
  return (
    `${work.id}: drift threshold ${calibration.threshold.toFixed(4)}, weights embedding ${embedding}, lexical ${lexical}, structural ${structural} ` +
    `from ${calibration.rows} edits; recall ${fitted.recall.toFixed(4)} at false-positive rate ${fitted.falsePositiveRate.toFixed(4)}`
  );
}

async function asCliError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof CorpusStreamError) throw new CliError(error.message, 1, { cause: error });
    if (error instanceof RangeError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof InferenceError) throw new CliError(error.message, error.problem === 'missing' ? 2 : 1, { cause: error });
    throw error;
  }
}
