import type { Command } from 'commander';
import { EPISODE_FORMATS, writeEpisodes, type EpisodeFormat } from '../../backend/replays/episodeExport.ts';
import { openEpisodesReadOnly, StoreNotReadyError } from '../../backend/store/openReadOnly.ts';
import type { SqliteEpisodeStore } from '../../backend/store/sqliteEpisodeStore.ts';
import { StoreError } from '../../backend/store/storeError.ts';
import { VERSION } from '../../backend/version.ts';
import { OUTCOMES, type Outcome } from '../../contract/replays.ts';
import { CliError } from '../cliError.ts';
import { interruptible } from '../interruptible.ts';
import { defaultDataDir } from '../loopback/dataDir.ts';
import { oneOf } from '../options.ts';
import { progressLine } from '../progressLine.ts';
import { registerAudit, registerLabels } from './exportLabels.ts';

interface EpisodesArguments {
  readonly format: EpisodeFormat;
  readonly out: string;
  readonly data: string;
  readonly outcome: Outcome;
  readonly search: string;
  readonly tag?: string;
  readonly json?: true;
}

/** `export`: what the store holds, as files. */
export function register(parent: Command): void {
  const command = parent.command('export').description('Writes what is in the store to files: episodes, labels, the audit proof.');
  registerEpisodes(command);
  registerLabels(command);
  registerAudit(command);
}

function registerEpisodes(parent: Command): void {
  parent
    .command('episodes')
    .description('Writes stored episodes: jsonl is a file that the interface imports, csv has a row for each decision.')
    .requiredOption('--format <format>', EPISODE_FORMATS.join(', '), oneOf(EPISODE_FORMATS))
    .requiredOption('--out <file>', 'file to write')
    .option('--outcome <outcome>', `only episodes with this outcome: ${OUTCOMES.join(', ')}`, oneOf(OUTCOMES), 'any')
    .option('--search <words>', 'only episodes with these beginnings of words: ids, servers, tools, vectors, models, tags', '')
    .option('--tag <tag>', 'only episodes with this tag')
    .option('--data <directory>', 'folder of the store (OMNIGUARD_DATA)', defaultDataDir())
    .option('--json', 'print the summary as JSON and nothing else')
    .action(exportEpisodes);
}

async function exportEpisodes({ format, out, data, outcome, search, tag, json }: EpisodesArguments): Promise<void> {
  const store = open(data);
  const progress = progressLine(process.stderr);
  try {
    const summary = await interruptible((signal) =>
      writeEpisodes(store, {
        format,
        out,
        filter: { outcome, search: search.slice(0, 200), ...(tag === undefined ? {} : { tag: tag.slice(0, 40) }) },
        version: VERSION,
        now: new Date(),
        signal,
        onProgress: (episodes) => progress.show(`${episodes} episodes`),
      }),
    );
    progress.clear();
    process.stdout.write(
      json === true
        ? `${JSON.stringify({ file: out, format, ...summary }, null, 2)}\n`
        : `${summary.episodes} episodes with ${summary.decisions} decisions written to ${out}.\nSHA-256 ${summary.sha256}\n`,
    );
  } catch (error) {
    progress.clear();
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E'))
      throw new CliError(`${out} cannot be written: ${error.message}`, 1, { cause: error });
    throw error;
  } finally {
    store.close();
  }
}

/** @throws CliError 2 when there is nothing to export, 1 when the store cannot be read */
function open(dataDir: string): SqliteEpisodeStore {
  try {
    return openEpisodesReadOnly(dataDir);
  } catch (error) {
    if (error instanceof StoreNotReadyError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof StoreError) throw new CliError(error.message, 1, { cause: error });
    throw error;
  }
}
