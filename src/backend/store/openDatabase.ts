import Database, { type Database as Connection } from 'better-sqlite3';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { acquireInstanceLock } from './instanceLock.ts';
import { migrate, type Migration } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { StoreCorruptError, toStoreError } from './storeError.ts';

export const STORE_FILE = 'omniguard.sqlite';
const LOCK_FILE = 'omniguard.lock';
const BUSY_TIMEOUT_MS = 3_000;

export interface OpenOptions {
  /** Other migrations than the shipped ones, for tests of the migration itself. */
  readonly migrations?: readonly Migration[];
  readonly now?: () => Date;
}

export interface OpenDatabase {
  readonly db: Connection;
  readonly file: string;
  close(): void;
}

/**
 * Opens the store in `dataDir`, creating folder and file, and brings it to the newest schema.
 * @throws StoreError read-only folder, full disk, damaged file, newer schema, second instance
 */
export function openDatabase(dataDir: string, options: OpenOptions = {}): OpenDatabase {
  const file = join(dataDir, STORE_FILE);
  const now = options.now ?? (() => new Date());
  const undo: (() => void)[] = [];
  const close = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lock = acquireInstanceLock(join(dataDir, LOCK_FILE));
    undo.push(() => lock.release());
    // SQLite removes the log on a clean close; one that is still there means that the last run crashed.
    const crashed = existsSync(`${file}-wal`);
    const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
    undo.push(() => db.close());
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    if (crashed && db.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new StoreCorruptError();
    migrate(db, options.migrations ?? MIGRATIONS, (version) => `${file}.v${version}-${now().toISOString().replaceAll(/[:.]/g, '-')}.bak`);
    return { db, file, close };
  } catch (error) {
    close();
    throw toStoreError(error);
  }
}
