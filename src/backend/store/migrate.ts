import type { Database } from 'better-sqlite3';
import { StoreCorruptError, StoreNewerSchemaError } from './storeError.ts';

/** One forward step of the schema; its version is the `user_version` it leaves behind. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** `OmGd`, SQLite's `application_id`: tells our files from any other database. */
export const APPLICATION_ID = 0x4f6d4764;

/**
 * Brings the database to the newest schema, each migration in its own transaction.
 * An existing file is copied to `backupPath(version)` first, so that a bad migration loses nothing.
 * @throws StoreNewerSchemaError when the file is from a later version
 * @throws StoreCorruptError when the file is another application's database
 */
export function migrate(db: Database, migrations: readonly Migration[], backupPath: (fromVersion: number) => string): void {
  const found = db.pragma('user_version', { simple: true }) as number;
  const newest = migrations.at(-1)?.version ?? 0;
  const empty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (!empty && db.pragma('application_id', { simple: true }) !== APPLICATION_ID) throw new StoreCorruptError();
  if (found > newest) throw new StoreNewerSchemaError(found, newest);

  const pending = migrations.filter((migration) => migration.version > found);
  if (pending.length === 0) return;
  if (!empty) db.prepare('VACUUM INTO ?').run(backupPath(found));
  for (const migration of pending) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${migration.version}`);
    }).immediate();
  }
}
