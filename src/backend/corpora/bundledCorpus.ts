import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { CorpusData, ServerData } from '../../engine/corpus/data.ts';
import { createMessagePool, type PoolSize } from '../../engine/corpus/pool.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { slotNames } from '../../engine/corpus/slots.ts';
import { attackSchema, benignSchema, domainSchema, lexiconSchema } from './corpusSchema.ts';

/** The corpus cannot be used; `message` names the file and what is wrong with it. */
export class CorpusError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CorpusError';
  }
}

/** The bundled corpus ready to draw from, with its size. */
export interface BundledCorpus extends MessagePool {
  readonly servers: number;
  readonly tools: number;
}

const BUNDLED = fileURLToPath(new URL('../../../resources/corpus/', import.meta.url));

/**
 * Reads and checks the bundled corpus.
 * @param directory where the corpus lies; the one in `resources/` by default.
 * @throws CorpusError when a file is missing or not as the format asks.
 */
export async function loadBundledCorpus(directory?: string, size: Partial<PoolSize> = {}): Promise<BundledCorpus> {
  return (await loadCorpus(directory, size)).pool;
}

/** The bundled corpus together with the data it is made of. @throws CorpusError */
export async function loadCorpus(
  directory?: string,
  size: Partial<PoolSize> = {},
): Promise<{ readonly pool: BundledCorpus; readonly data: CorpusData }> {
  const data = await readCorpus(directory);
  const tools = data.servers.reduce((sum, server) => sum + server.tools.length, 0);
  return { pool: { ...createMessagePool(data, size), servers: data.servers.length, tools }, data };
}

/** The corpus as data, with the SHA-256 of its files in path order. */
export async function readCorpus(directory: string = BUNDLED): Promise<CorpusData> {
  const hash = createHash('sha256');
  const read = async (path: string): Promise<unknown> => {
    const bytes = await readFile(join(directory, path)).catch((cause: unknown) => {
      throw new CorpusError(`The corpus file ${path} cannot be read.`, { cause });
    });
    hash.update(`${path}\0`).update(bytes).update('\0');
    try {
      return JSON.parse(bytes.toString('utf8')) as unknown;
    } catch (cause) {
      throw new CorpusError(`The corpus file ${path} is not JSON.`, { cause });
    }
  };
  const lexicon = check(lexiconSchema, await read('lexicon.json'), 'lexicon.json');
  const attacks = check(attackSchema, await merge(directory, 'attacks', read), 'attacks');
  const benign = check(benignSchema, await merge(directory, 'benign', read), 'benign');
  const servers: ServerData[] = [];
  for (const path of await list(directory, 'servers')) servers.push(...check(domainSchema, await read(path), path));
  const names = new Set(servers.map((server) => server.name));
  if (names.size !== servers.length) throw new CorpusError('Two servers of the corpus have the same name.');
  const shared = new Set([...Object.keys(lexicon), ...servers.flatMap((server) => Object.keys(server.slots ?? {})), ...FILLED]);
  checkSlots(lexicon, new Set([...Object.keys(lexicon), ...FILLED]), 'lexicon.json');
  checkSlots(attacks, shared, 'attacks');
  checkSlots(benign, shared, 'benign');
  for (const server of servers)
    checkSlots(server, new Set([...Object.keys(lexicon), ...Object.keys(server.slots ?? {}), ...FILLED]), `the server ${server.name}`);
  return { hash: hash.digest('hex'), lexicon, attacks, benign, servers };
}

/** Slots that the composer fills itself. */
const FILLED = [
  'bool',
  'date',
  'time',
  'iso',
  'uuid',
  'ip',
  'lanip',
  'payload',
  'value',
  'tool',
  'other_tool',
  'param',
  'launch',
  'injection',
  'content',
  'ask',
  'document',
];

function checkSlots(part: object, known: ReadonlySet<string>, where: string): void {
  const unknown = slotNames(JSON.stringify(part)).find((name) => !known.has(name));
  if (unknown !== undefined) throw new CorpusError(`The corpus uses the slot "${unknown}" in ${where}, but no list fills it.`);
}

async function list(directory: string, folder: string): Promise<string[]> {
  const names = await readdir(join(directory, folder)).catch((cause: unknown) => {
    throw new CorpusError(`The corpus folder ${folder} cannot be read.`, { cause });
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** All lists of a folder's files in one object; a list may stand in one file only. */
async function merge(directory: string, folder: string, read: (path: string) => Promise<unknown>): Promise<object> {
  const merged: Record<string, unknown> = {};
  for (const path of await list(directory, folder)) {
    for (const [key, value] of Object.entries((await read(path)) as object)) {
      if (key in merged) throw new CorpusError(`The list "${key}" of ${path} stands in another file too.`);
      merged[key] = value;
    }
  }
  return merged;
}

function check<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CorpusError(`The corpus file ${path} is wrong at ${issue?.path.join('.') ?? 'its top'}: ${issue?.message ?? 'unreadable'}.`, {
    cause: parsed.error,
  });
}
