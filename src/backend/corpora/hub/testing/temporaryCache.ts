import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartCache } from '../partCache.ts';

/** A cache in a folder of its own. */
export interface TemporaryCache {
  readonly folder: string;
  readonly cache: PartCache;
  /** The same folder as after a restart. */
  reopen(limit?: number): Promise<PartCache>;
  remove(): Promise<void>;
}

export async function temporaryCache(limit = 1e9): Promise<TemporaryCache> {
  const folder = await mkdtemp(join(tmpdir(), 'corpus-cache-'));
  return {
    folder,
    cache: await PartCache.open(folder, limit),
    reopen: (again = limit) => PartCache.open(folder, again),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
