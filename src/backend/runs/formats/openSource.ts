import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { RunsError } from '../runsError.ts';
import { EVALUATION_FILES } from './evaluationFile.ts';
import { toRunsError } from './fileTail.ts';
import { JsonLinesReader } from './jsonLinesReader.ts';
import type { RunReader } from './runReader.ts';
import { TrackioReader } from './trackioReader.ts';
import { TrainerStateReader } from './trainerStateReader.ts';
import { WandbReader } from './wandb/wandbReader.ts';

const MOST_SOURCES = 200;
const NO_RUN_IN_FOLDER = 'The folder holds no run: no .wandb, wandb-history.jsonl, history.jsonl, trainer_state.json or trackio database.';
const SQLITE_MAGIC = 'SQLite format 3\0';

/**
 * The files of runs at a path: itself, or what a folder of wandb, trackio, a trainer or a training run holds.
 * @throws RunsError NOT_FOUND, or UNREADABLE when a folder holds none
 */
export function findSources(path: string): readonly string[] {
  let directory: boolean;
  try {
    directory = statSync(path).isDirectory();
  } catch (error) {
    throw toRunsError(error);
  }
  if (!directory) return [path];
  const found = inFolder(path, 0);
  if (found.length === 0) {
    throw new RunsError('UNREADABLE', NO_RUN_IN_FOLDER);
  }
  return found.slice(0, MOST_SOURCES);
}

function inFolder(folder: string, depth: number): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw toRunsError(error);
  }
  const direct = namedSources(entries.filter((entry) => entry.isFile()).map(({ name }) => name)).map((name) => join(folder, name));
  if (direct.length > 0 || depth >= 2) return direct;
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const checkpoints = folders.filter((name) => /^checkpoint-\d+$/.test(name)).sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)));
  const newest = checkpoints.at(-1);
  if (newest !== undefined) return inFolder(join(folder, newest), depth + 1);
  return folders
    .filter((name) => name === 'wandb' || name === 'files' || name.startsWith('offline-run-') || name.startsWith('run-'))
    .flatMap((name) => inFolder(join(folder, name), depth + 1));
}

/** Those of a folder's files that are known by their name to hold runs. */
function namedSources(files: readonly string[]): string[] {
  const wandb = files.filter((name) => name.endsWith('.wandb'));
  return [
    ...wandb,
    // The history beside a .wandb file is the same run again.
    ...(wandb.length > 0 ? [] : files.filter((name) => /^(wandb-)?history\.jsonl$/.test(name))),
    ...files.filter((name) => name === 'trainer_state.json'),
    ...files.filter((name) => name.endsWith('.db') && !name.startsWith('registry-')),
  ];
}

/**
 * The files of runs among those that were sent in, as paths below `folder`: of a folder those with a known name, and every file
 * that came without one, save what only goes with another. @throws RunsError UNREADABLE when there is none
 */
export function findUploaded(folder: string, paths: readonly string[]): readonly string[] {
  const found = [...Map.groupBy(paths, (path) => dirname(path))].flatMap(([home, members]) => {
    const names = members.map((path) => basename(path));
    const sources =
      home === '.'
        ? names.filter((name) => !EVALUATION_FILES.some((file) => file === name) && !name.endsWith('-wal'))
        : namedSources(names);
    return sources.map((name) => join(home, name));
  });
  if (found.length === 0) throw new RunsError('UNREADABLE', NO_RUN_IN_FOLDER);
  return found.filter((path) => statSync(join(folder, path)).isFile()).slice(0, MOST_SOURCES);
}

/**
 * Opens a file of runs by what it holds, or by its name where the content does not tell.
 * @throws RunsError NOT_FOUND or UNREADABLE
 */
export function openSource(path: string): RunReader {
  const head = readHead(path);
  if (head.startsWith(':W&B')) return new WandbReader(path);
  if (head.startsWith(SQLITE_MAGIC)) return new TrackioReader(path);
  if (extname(path) === '.json' && !/^\s*\{[^\n]*\}\s*\n\s*\{/.test(head)) return new TrainerStateReader(path);
  if (/^\s*\{/.test(head) || head.trim() === '') return new JsonLinesReader(path);
  throw new RunsError('UNREADABLE', 'The file is none of .wandb, JSON lines, trainer_state.json or a trackio database.');
}

function readHead(path: string): string {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const bytes = new Uint8Array(65_536);
      return new TextDecoder('latin1').decode(bytes.subarray(0, readSync(descriptor, bytes)));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw toRunsError(error);
  }
}
