import Database from 'better-sqlite3';

/** Held for as long as the store is open. */
export interface InstanceLock {
  release(): void;
}

/**
 * Keeps a second instance off the same data folder. The lock is an open exclusive transaction on a
 * file of its own: the operating system drops it when the process ends in whatever way, so a crash
 * leaves nothing stale behind, and other tools may still read the store itself.
 * @throws SqliteError SQLITE_BUSY when another instance holds it
 */
export function acquireInstanceLock(file: string): InstanceLock {
  const db = new Database(file, { timeout: 0 });
  try {
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw error;
  }
  return { release: () => db.close() };
}
