import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { CorpusId } from '../../../contract/corpora.ts';
import { diskError } from './corpusStreamError.ts';

const count = z.int().min(0);

const stateSchema = z.strictObject({
  version: z.literal(1),
  pin: z.strictObject({
    commit: z.string().regex(/^[0-9a-f]{40}$/),
    fileSet: count,
    files: z.array(z.strictObject({ path: z.string().min(1), etag: z.string(), size: count })).min(1),
  }),
  progress: z.strictObject({
    cursor: z.strictObject({ file: count, etag: z.string(), at: count, rows: count }),
    used: count,
    skipped: z.record(z.string(), count),
    wanted: count.nullable(),
    totalRows: count.nullable(),
    bytesRead: count,
    /** The rows wanted, or all there are, have been streamed. */
    done: z.boolean(),
  }),
});

/** What is kept of a corpus between two runs: its commit and how far it was streamed. */
export type KeptState = z.infer<typeof stateSchema>;
export type KeptProgress = KeptState['progress'];

/** The state of a corpus; null when there is none, or when it cannot be understood, which is as good as none. */
export async function readState(folder: string, id: CorpusId): Promise<KeptState | null> {
  const text = await readFile(fileOf(folder, id), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Writes the state whole or not at all. @throws CorpusStreamError disk_full or disk_failed */
export async function writeState(folder: string, id: CorpusId, state: KeptState): Promise<void> {
  await writeWhole(fileOf(folder, id), `${JSON.stringify(state)}\n`);
}

export async function removeState(folder: string, id: CorpusId): Promise<void> {
  await rm(fileOf(folder, id), { force: true });
}

/** Replaces a small file in one step. @throws CorpusStreamError disk_full or disk_failed */
export async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(partial, text);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw diskError(error, dirname(file));
  }
}

function fileOf(folder: string, id: CorpusId): string {
  return join(folder, `${id}.json`);
}
