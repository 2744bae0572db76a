import type { Command } from 'commander';
import { splitSchema } from '../../contract/schemas.ts';
import type { Split } from '../../contract/episodes.ts';
import { CorpusError, loadCorpus } from '../../backend/corpora/bundledCorpus.ts';
import { formGiveaway } from '../../backend/corpora/formatProbe.ts';
import { describeCorpus, drawMixed } from '../../engine/corpus/describe.ts';
import type { ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { CliError } from '../cliError.ts';
import { registerStreamedCorpora } from './streamedCorpora.ts';

/** `corpus stats` and `corpus sample`: what the bundled corpus holds; the streamed ones stand in a file of their own. */
export function register(parent: Command): void {
  const corpus = parent.command('corpus').description('Show the bundled corpus, or stream others from the Hugging Face Hub.');
  registerStreamedCorpora(corpus);
  corpus
    .command('stats')
    .description('Count servers, tools, vectors and distinct messages of each split.')
    .option('--draws <n>', 'rounds of drawing behind the message figures', '500')
    .option('--seed <n>', 'seed of the draws', '1')
    .option('--form', 'also tell how much of the label form alone gives away, per kind of message')
    .option('--json', 'print JSON only')
    .action((options: { form?: boolean; draws: string; seed: string; json?: boolean }) =>
      stats(whole(options.draws, 'draws', 100_000), whole(options.seed, 'seed'), options.form === true, options.json === true),
    );
  corpus
    .command('sample')
    .description('Draw labelled messages: sessions, attacks and chains in turn.')
    .option('--split <split>', 'train, dev or test', 'train')
    .option('--count <n>', 'how many messages', '10')
    .option('--seed <n>', 'seed of the draws', '1')
    .option('--json', 'print one JSON array')
    .action((options: { split: string; count: string; seed: string; json?: boolean }) =>
      sample(splitOf(options.split), whole(options.count, 'count', 100_000), whole(options.seed, 'seed'), options.json === true),
    );
}

async function stats(draws: number, seed: number, withForm: boolean, json: boolean): Promise<void> {
  const { pool, data } = await load();
  const splits = describeCorpus(data, pool, draws, seed);
  const form = withForm ? formGiveaway(pool, 'train', draws, seed) : undefined;
  if (json) {
    print(JSON.stringify({ hash: pool.hash, servers: data.servers.length, tools: pool.tools, splits, form }, null, 2));
    return;
  }
  print(`${data.servers.length} servers, ${pool.tools} tools, sha256 ${pool.hash}`);
  for (const [split, figures] of Object.entries(splits)) {
    print(
      `\n${split}: ${figures.servers} servers, ${figures.tools} tools, ${figures.domains} domains; ${figures.distinct} of ${figures.messages} drawn messages distinct, ${figures.malicious} malicious`,
    );
    for (const [vector, count] of Object.entries(figures.vectors)) print(`  ${vector.padEnd(28)} ${count}`);
  }
  if (form === undefined) return;
  print('\nBalanced accuracy of a guess from form alone (0.5 is chance):');
  for (const [kind, accuracy] of Object.entries(form)) print(`  ${kind.padEnd(28)} ${accuracy.toFixed(3)}`);
}

async function sample(split: Split, count: number, seed: number, json: boolean): Promise<void> {
  const { pool } = await load();
  const messages = drawMixed(pool, split, Math.ceil(count / 6) + 1, seed).slice(0, count);
  if (json) {
    print(JSON.stringify(messages, null, 2));
    return;
  }
  for (const message of messages) print(lineOf(message));
}

function lineOf({ message, truth, origin }: ScenarioMessage): string {
  return `${truth.malicious ? 'malicious' : 'benign   '} ${message.kind.padEnd(16)} ${truth.vector.padEnd(24)} ${truth.fitting.padEnd(20)} ${origin}\n  ${JSON.stringify(message.message).slice(0, 300)}`;
}

async function load(): ReturnType<typeof loadCorpus> {
  try {
    return await loadCorpus();
  } catch (error) {
    if (error instanceof CorpusError) throw new CliError(error.message, 1, { cause: error });
    throw error;
  }
}

function splitOf(text: string): Split {
  const parsed = splitSchema.safeParse(text);
  if (!parsed.success) throw new CliError(`--split must be train, dev or test, not "${text}".`, 2);
  return parsed.data;
}

function whole(text: string, name: string, most = 4_294_967_295): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new CliError(`--${name} must be a whole number from 0 to ${most}, not "${text}".`, 2);
  return value;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
