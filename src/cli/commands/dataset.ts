import type { Command } from 'commander';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import { PHASES, type Phase } from '../../contract/observation.ts';
import { loadBundledCorpus } from '../../backend/corpora/bundledCorpus.ts';
import { buildDataset } from '../../backend/datasets/buildDataset.ts';
import { InputError } from '../../backend/datasets/inputError.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { CliError } from '../cliError.ts';
import { collect, integer, oneOf } from '../options.ts';
import { interruptible } from '../interruptible.ts';
import { progressLine } from '../progressLine.ts';

interface DatasetArguments {
  readonly split: Split;
  readonly count?: number;
  readonly seed: number;
  readonly phase?: Phase;
  readonly suite: readonly string[];
  readonly out: string;
}

const DEFAULT_COUNT = 20_000;
const MAX_COUNT = 10_000_000;
const MAX_SEED = 4_294_967_295;

export function register(parent: Command): void {
  parent
    .command('dataset')
    .description('Writes training rows (JSON lines): generated messages, labelled suites, or both.')
    .requiredOption('--out <file>', 'where the rows go')
    .option(
      '--split <split>',
      `servers and templates to generate from, also written into each row: ${SPLITS.join(', ')}`,
      oneOf(SPLITS),
      'train',
    )
    .option('--count <n>', `generated rows (${DEFAULT_COUNT}, or none when a suite is given)`, integer(0, MAX_COUNT))
    .option('--seed <n>', 'seed of the generated messages', integer(0, MAX_SEED), 1)
    .option('--phase <phase>', `one phase instead of all in turn: ${PHASES.join(', ')}`, oneOf(PHASES))
    .option('--suite <file>', 'labelled suite to turn into rows; may be repeated', collect, [])
    .action(run);
}

async function run({ out, split, suite, seed, phase, ...rest }: DatasetArguments): Promise<void> {
  const count = rest.count ?? (suite.length > 0 ? 0 : DEFAULT_COUNT);
  const progress = progressLine(process.stderr);
  try {
    const summary = await interruptible(async (signal) => {
      const environment = count === 0 ? null : { config: { ...DEFAULT_CONFIG, split }, pool: await loadBundledCorpus() };
      return buildDataset({
        out,
        split,
        suites: suite,
        generate: environment === null ? null : { environment, count, seed, phases: phase === undefined ? PHASES : [phase] },
        signal,
        onProgress: ({ written, duplicates }) => progress.show(`${written} rows, ${duplicates} duplicates dropped`),
      });
    });
    progress.done(`${summary.written} rows, ${summary.duplicates} duplicates dropped, ${summary.conflicts} bodies with both labels`);
    if (summary.missing > 0) {
      progress.done(`The corpus has no more new messages: ${summary.missing} of ${count} generated rows are missing.`);
    }
  } catch (error) {
    progress.clear();
    if (error instanceof InputError) throw new CliError(error.message, 2, { cause: error });
    throw error;
  }
}
