import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelEntrySchema, type ModelEntry } from '../../../contract/models.ts';

/** The manifest entry that describes `bytes` in `<id>.gguf`. */
export function manifestEntry(id: string, bytes: Buffer, changes: Partial<ModelEntry> = {}): ModelEntry {
  return {
    ...modelEntrySchema.parse({
      id,
      role: 'trained',
      tier: 'nano',
      architecture: 'llama',
      parameters: 100_000,
      file: `${id}.gguf`,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      licence: 'Apache-2.0',
      source: 'made for tests',
      promptVersion: '1',
      calibration: null,
    }),
    ...changes,
  };
}

export interface ModelDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** A temporary models directory with the given files and a manifest of them. */
export async function makeModelDirectory(
  models: readonly { readonly entry: ModelEntry; readonly bytes: Buffer }[],
): Promise<ModelDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'omniguard-models-'));
  for (const { entry, bytes } of models) await writeFile(join(path, entry.file), bytes);
  await writeFile(join(path, 'manifest.json'), JSON.stringify({ version: 1, models: models.map(({ entry }) => entry) }));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
