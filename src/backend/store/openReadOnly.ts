import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from './migrations/index.ts';
import { STORE_FILE, type OpenDatabase } from './openDatabase.ts';
import { SqliteEpisodeStore } from './sqliteEpisodeStore.ts';
import { StoreNewerSchemaError, toStoreError } from './storeError.ts';

/** There is nothing to read in the folder, or only what an earlier version wrote; `message` says what to do. */
export class StoreNotReadyError extends Error {
  override readonly name = 'StoreNotReadyError';
}

/**
 * The store of a data folder, for reading alone; another process may be writing it meanwhile.
 * @throws StoreNotReadyError when there is no store or an older one; StoreError when it cannot be read
 */
export function openReadOnly(dataDir: string): OpenDatabase {
  const file = join(dataDir, STORE_FILE);
  if (!existsSync(file)) throw new StoreNotReadyError('There is no store in this data folder; name another with --data.');
  let db: Database.Database | null = null;
  try {
    const opened = new Database(file, { readonly: true, timeout: 3_000 });
    db = opened;
    const found = opened.pragma('user_version', { simple: true }) as number;
    const newest = MIGRATIONS.at(-1)?.version ?? 0;
    if (found > newest) throw new StoreNewerSchemaError(found, newest);
    if (found < newest)
      throw new StoreNotReadyError(
        'The store was written by an earlier version; start OmniGuard once on this data folder to bring it up to date.',
      );
    return { db: opened, file, close: () => opened.close() };
  } catch (error) {
    db?.close();
    throw error instanceof StoreNotReadyError ? error : toStoreError(error);
  }
}

/** The episodes of a data folder. @throws as `openReadOnly` */
export function openEpisodesReadOnly(dataDir: string): SqliteEpisodeStore {
  return new SqliteEpisodeStore(openReadOnly(dataDir), { upkeep: false });
}
