import type { Command } from 'commander';
import { CORPUS_IDS, type CorpusId, type CorpusStatus } from '../../contract/corpora.ts';
import { CliError } from '../cliError.ts';
import { withCorpora } from '../corpora.ts';
import { interruptible } from '../interruptible.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { integer, oneOf } from '../options.ts';
import { progressLine } from '../progressLine.ts';

interface PullArguments {
  readonly rows?: number;
  readonly data: string;
  readonly json?: boolean;
}

const SHOW_EVERY_MS = 250;

/** `corpus pull` and `corpus status`: the corpora that are streamed from the Hub. */
export function registerStreamedCorpora(corpus: Command): void {
  corpus
    .command('pull')
    .description('Stream a corpus from the Hugging Face Hub into the disk cache; goes on where an earlier run stopped.')
    .argument('<id>', `one of ${CORPUS_IDS.join(', ')}`, oneOf(CORPUS_IDS))
    .option('--rows <n>', 'rows in all, those of earlier runs included; without it, all rows', integer(1, 100_000_000))
    .option('--data <directory>', 'data folder (OMNIGUARD_DATA)', defaultDataDir())
    .option('--json', 'print JSON only')
    .action(pull);
  corpus
    .command('status')
    .description('Tell what is cached of each corpus and how far it was streamed.')
    .option('--data <directory>', 'data folder (OMNIGUARD_DATA)', defaultDataDir())
    .option('--json', 'print JSON only')
    .action(status);
}

async function pull(id: CorpusId, { rows, data, json }: PullArguments): Promise<void> {
  const progress = progressLine(process.stderr);
  const outcome = await withCorpora(data, (corpora) =>
    interruptible(async (signal) => {
      const now = async (): Promise<CorpusStatus> => {
        const { corpora: all } = await corpora.snapshot();
        return all.find((one) => one.id === id) as CorpusStatus;
      };
      await corpora.start({ id, ...(rows === undefined ? {} : { rows }) });
      const timer = setInterval(() => void now().then((at) => progress.show(lineOf(at))), SHOW_EVERY_MS);
      const stop = (): void => void corpora.pause(id);
      signal.addEventListener('abort', stop, { once: true });
      try {
        await corpora.ended(id);
      } finally {
        clearInterval(timer);
        progress.clear();
      }
      signal.throwIfAborted();
      return now();
    }, 'Interrupted; the place in the corpus is kept, so the same command goes on from there.'),
  );
  if (json === true) print(JSON.stringify(outcome, null, 2));
  else print(lineOf(outcome));
  if (outcome.problem !== null) throw new CliError(outcome.problem.message, 1);
}

async function status({ data, json }: Pick<PullArguments, 'data' | 'json'>): Promise<void> {
  const snapshot = await withCorpora(data, (corpora) => corpora.snapshot());
  if (json === true) {
    print(JSON.stringify(snapshot, null, 2));
    return;
  }
  for (const one of snapshot.corpora) print(`${lineOf(one)}\n  ${one.repository} at ${one.revision ?? 'no commit yet'}, ${one.licence}`);
  print(`cache: ${megabytes(snapshot.cache.bytes)} of at most ${megabytes(snapshot.cache.limit)}`);
}

function lineOf({ id, state, rows, totalRows, used, rowsPerSecond, queue, cache, offline }: CorpusStatus): string {
  const of = totalRows === null ? '' : ` of ${totalRows}`;
  const moving = state === 'streaming' ? `, ${rowsPerSecond.toFixed(0)} rows/s, queue ${queue.depth}/${queue.capacity}` : '';
  return `${id}: ${state}${offline ? ' (offline)' : ''}, ${rows}${of} rows, ${used} used${moving}, ${megabytes(cache.bytes)} cached`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
