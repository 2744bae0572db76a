import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '../store/migrations/index.ts';
import { STORE_FILE } from '../store/openDatabase.ts';
import { StoreNewerSchemaError, toStoreError } from '../store/storeError.ts';
import { ReviewError } from './reviewError.ts';
import { ReviewStore } from './reviewStore.ts';

/** The review queue of a data folder, for reading alone; another process may be writing it meanwhile. */
export interface ReadOnlyReview {
  readonly store: ReviewStore;
  close(): void;
}

/** @throws ReviewError when there is no store or an older one; StoreError when it cannot be read */
export function openReviewReadOnly(dataDir: string): ReadOnlyReview {
  const file = join(dataDir, STORE_FILE);
  if (!existsSync(file)) throw new ReviewError('NOT_FOUND', 'There is no store in this data folder; name another with --data.');
  let db: Database.Database | null = null;
  try {
    const opened = new Database(file, { readonly: true, fileMustExist: true, timeout: 3_000 });
    db = opened;
    const found = opened.pragma('user_version', { simple: true }) as number;
    const newest = MIGRATIONS.at(-1)?.version ?? 0;
    if (found > newest) throw new StoreNewerSchemaError(found, newest);
    if (found < newest) {
      throw new ReviewError(
        'INVALID_STATE',
        'The store was written by an earlier version; start OmniGuard once on this data folder to bring it up to date.',
      );
    }
    return { store: new ReviewStore(opened), close: () => opened.close() };
  } catch (error) {
    db?.close();
    throw error instanceof ReviewError ? error : toStoreError(error);
  }
}
