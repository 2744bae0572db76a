import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { calibrateModel, type CalibrationRow } from '../../backend/inference/calibrateModel.ts';
import { InferenceError } from '../../backend/inference/inferenceError.ts';
import { createInferenceService, type InferenceService } from '../../backend/inference/inferenceService.ts';
import { InputError } from '../../backend/datasets/inputError.ts';
import { readLines } from '../../backend/datasets/jsonLines.ts';
import { parseLine } from '../../backend/datasets/parseLine.ts';
import { modelIdSchema } from '../../contract/ids.ts';
import type { ModelStatus } from '../../contract/models.ts';
import { actionSchema } from '../../contract/schemas.ts';
import { CliError } from '../cliError.ts';
import { interruptible } from '../interruptible.ts';
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
    models
      .command('calibrate <id>')
      .description('Fits the temperature of a model on labelled rows, through the file that ships, and writes it into the manifest.'),
  )
    .requiredOption('--rows <file>', 'JSON lines with `body` and `fitting`, as `dataset` writes them; not rows the model was trained on')
    .option('--bias', 'fit a bias for each action too; only with rows mixed as in use')
    .option('--fitted-on <words>', 'what the rows are, kept in the manifest')
    .action(calibrate);
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
  const calibrated = entry.calibration === null ? 'not calibrated' : `T ${entry.calibration.temperature.toFixed(3)}`;
  return [entry.id.padEnd(24), entry.role.padEnd(9), entry.tier.padEnd(6), size.padStart(10), calibrated.padEnd(15), problem ?? 'ok'].join(
    '  ',
  );
}

const rowSchema = z.object({ body: z.string(), fitting: actionSchema });

async function* calibrationRows(file: string, signal: AbortSignal): AsyncGenerator<CalibrationRow, void, undefined> {
  for await (const text of readLines(file, { signal })) {
    const parsed = parseLine(rowSchema, text);
    if (!parsed.ok) throw new InputError(file, [parsed.problem]);
    yield parsed.value;
  }
}

async function calibrate(
  idText: string,
  options: DirectoryOption & { readonly rows: string; readonly bias?: boolean; readonly fittedOn?: string },
): Promise<void> {
  const id = modelIdSchema.safeParse(idText);
  if (!id.success) throw new CliError(`"${idText}" is not a model id.`, 2);
  const progress = progressLine(process.stderr);
  const { calibration, fitted, tooLong } = await asCliError(() =>
    withService(options, (service) =>
      interruptible((signal) =>
        calibrateModel({
          service,
          id: id.data,
          rows: calibrationRows(options.rows, signal),
          bias: options.bias === true,
          fittedOn: options.fittedOn ?? 'held-out rows of the dataset command',
          signal,
          onProgress: (rows) => progress.show(`${rows} rows scored`),
        }),
      ),
    ),
  );
  progress.clear();
  const bias = options.bias === true ? `, bias ${calibration.bias.map((value) => value.toFixed(2)).join(' ')}` : '';
  const { falseAlarmCost } = calibration;
  const costs = falseAlarmCost === undefined ? '' : `; cost of a false alarm ${falseAlarmCost.toFixed(2)}`;
  process.stdout.write(
    `${id.data}: temperature ${calibration.temperature.toFixed(4)}${bias} from ${calibration.rows} rows${tooLong > 0 ? ` (${tooLong} too long)` : ''}; ` +
      `ECE ${calibration.eceBefore.toFixed(4)} -> ${calibration.eceAfter.toFixed(4)}, NLL ${fitted.nllBefore.toFixed(4)} -> ${fitted.nllAfter.toFixed(4)}${costs}\n`,
  );
}

async function asCliError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof RangeError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof InferenceError) throw new CliError(error.message, error.problem === 'missing' ? 2 : 1, { cause: error });
    throw error;
  }
}
