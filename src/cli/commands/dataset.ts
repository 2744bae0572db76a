import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { corpusMixSchema, CORPUS_IDS, MIX_SOURCES, type CorpusId, type CorpusMix } from '../../contract/corpora.ts';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import { PHASES, type Phase } from '../../contract/observation.ts';
import { loadCorpus } from '../../backend/corpora/bundledCorpus.ts';
import { createMixedPool } from '../../backend/corpora/hub/mixedPool.ts';
import { MixQuotas } from '../../backend/corpora/hub/mixQuotas.ts';
import type { StreamedItems } from '../../backend/corpora/hub/streamedCorpus.ts';
import { buildDataset, type LinesOf } from '../../backend/datasets/buildDataset.ts';
import { editPair } from '../../backend/datasets/editPair.ts';
import { madeUpEdits } from '../../backend/datasets/madeUpEdits.ts';
import { InputError } from '../../backend/datasets/inputError.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { CliError } from '../cliError.ts';
import { withCorpora } from '../corpora.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { collect, integer, oneOf } from '../options.ts';
import { interruptible } from '../interruptible.ts';
import { progressLine } from '../progressLine.ts';

interface DatasetArguments {
  readonly split: Split;
  readonly count?: number;
  readonly seed: number;
  readonly phase?: Phase;
  readonly suite: readonly string[];
  readonly mix?: string;
  readonly corpus?: CorpusId;
  readonly pairs?: true;
  readonly data: string;
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
    .option('--mix <file>', 'shares of generated messages and of each streamed corpus, as the Data page writes them (mix.json)')
    .option('--corpus <id>', `rows of one streamed corpus alone: ${CORPUS_IDS.join(', ')}`, oneOf(CORPUS_IDS))
    .option('--pairs', 'definitions and their changes only, as pairs of texts for the embedder of the semantic critic')
    .option('--data <directory>', 'data folder whose cache holds the streamed rows (OMNIGUARD_DATA)', defaultDataDir())
    .action(run);
}

async function run({ out, split, suite, seed, phase, data, pairs, ...rest }: DatasetArguments): Promise<void> {
  const mix = await mixOf(rest);
  const count = rest.count ?? (suite.length > 0 && mix === null ? 0 : DEFAULT_COUNT);
  const quotas = mix === null ? null : new MixQuotas(mix.shares, count);
  const progress = progressLine(process.stderr);
  try {
    const summary = await interruptible(async (signal) => {
      const environment = count === 0 ? null : { config: { ...DEFAULT_CONFIG, split }, pool: await poolOf(mix, data, signal) };
      return buildDataset({
        out,
        split,
        suites: suite,
        generate:
          environment === null
            ? null
            : { environment, count, seed, phases: phase === undefined ? PHASES : [phase], ...(quotas === null ? {} : { quotas }) },
        ...(pairs === true ? { linesOf: pairLines } : {}),
        signal,
        onProgress: ({ written, duplicates }) => progress.show(`${written} rows, ${duplicates} duplicates dropped`),
      });
    });
    progress.done(`${summary.written} rows, ${summary.duplicates} duplicates dropped, ${summary.conflicts} bodies with both labels`);
    if (quotas !== null) progress.done(MIX_SOURCES.map((source) => `${source} ${quotas.counts[source]}`).join(', '));
    if (summary.missing > 0) {
      progress.done(`The corpus has no more new messages: ${summary.missing} of ${count} generated rows are missing.`);
    }
  } catch (error) {
    progress.clear();
    if (error instanceof InputError) throw new CliError(error.message, 2, { cause: error });
    throw error;
  }
}

const pairLines: LinesOf = (labelled, split) =>
  [editPair(labelled, split), ...madeUpEdits(labelled).map((edited) => editPair(edited, split, 'definition'))].flatMap((row) =>
    row === null ? [] : [{ row, text: `${row.reference}\n\n${row.candidate}` }],
  );

/** The shares asked for; null for generated messages alone. @throws CliError with exit code 2 for a file that is no mix */
async function mixOf({ mix, corpus }: Pick<DatasetArguments, 'mix' | 'corpus'>): Promise<CorpusMix | null> {
  if (mix !== undefined && corpus !== undefined) throw new CliError('Give --mix or --corpus, not both.', 2);
  if (corpus !== undefined) {
    const none = { generated: 0, witfoo: 0, fenrir: 0, nist: 0 };
    return corpusMixSchema.parse({ version: 1, shares: { ...none, [corpus]: 1 } });
  }
  if (mix === undefined) return null;
  const text = await readFile(mix, 'utf8').catch((cause: unknown) => {
    throw new CliError(`${mix}: the file cannot be read.`, 2, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${mix}: not valid JSON.`, 2, { cause });
  }
  const parsed = corpusMixSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError(`${mix}: field "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'no mix'}`, 2, { cause: parsed.error });
}

/** The bundled corpus, or a mix of it with what is cached of the streamed ones. */
async function poolOf(mix: CorpusMix | null, dataDir: string, signal: AbortSignal): Promise<MessagePool> {
  const { pool, data } = await loadCorpus();
  if (mix === null) return pool;
  return withCorpora(dataDir, async (corpora) => {
    const streamed: StreamedItems[] = [];
    for (const id of CORPUS_IDS) if (mix.shares[id] > 0) streamed.push(await corpora.items(id, mix.rows, signal));
    return createMixedPool(data, pool, streamed, mix.shares);
  });
}
