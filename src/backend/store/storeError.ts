/** Base of every failure of the episode store; `message` is one sentence for people and holds no path. */
export abstract class StoreError extends Error {
  abstract readonly code: 'read_only' | 'full' | 'corrupt' | 'newer_schema' | 'locked' | 'failed';
}

/** The folder or file cannot be created or written. */
export class StoreReadOnlyError extends StoreError {
  readonly code = 'read_only';
  override readonly name = 'StoreReadOnlyError';

  constructor(options?: ErrorOptions) {
    super('The data folder cannot be written; episodes are kept in memory only until it can.', options);
  }
}

/** The disk, a quota or the file's page limit is exhausted. */
export class StoreFullError extends StoreError {
  readonly code = 'full';
  override readonly name = 'StoreFullError';

  constructor(options?: ErrorOptions) {
    super('The disk is full; episodes are kept in memory only until there is space.', options);
  }
}

/** The file is damaged or is not an OmniGuard store. */
export class StoreCorruptError extends StoreError {
  readonly code = 'corrupt';
  override readonly name = 'StoreCorruptError';

  constructor(options?: ErrorOptions) {
    super('The episode store is damaged or is not an OmniGuard store; move the file away or restore a backup.', options);
  }
}

/** The file was written by a later version of OmniGuard. */
export class StoreNewerSchemaError extends StoreError {
  readonly code = 'newer_schema';
  override readonly name = 'StoreNewerSchemaError';
  readonly found: number;
  readonly supported: number;

  constructor(found: number, supported: number) {
    super(`The episode store has schema ${found}, this version reads up to ${supported}; update OmniGuard or choose another data folder.`);
    this.found = found;
    this.supported = supported;
  }
}

/** Another process has the store open. */
export class StoreLockedError extends StoreError {
  readonly code = 'locked';
  override readonly name = 'StoreLockedError';

  constructor(options?: ErrorOptions) {
    super('Another OmniGuard uses this data folder; close it or choose another folder with --data.', options);
  }
}

/** Any other failure of SQLite or the file system. */
export class StoreFailedError extends StoreError {
  readonly code = 'failed';
  override readonly name = 'StoreFailedError';

  constructor(options?: ErrorOptions) {
    super('The episode store failed; episodes are kept in memory only.', options);
  }
}

/** Turns what better-sqlite3 or `fs` threw into a `StoreError` that keeps it as its cause. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  const options = { cause: error };
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM|EROFS|ENOTDIR|ENOENT|EEXIST)/.test(code))
    return new StoreReadOnlyError(options);
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT|SQLITE_IOERR_WRITE)/.test(code)) return new StoreFullError(options);
  if (/^(SQLITE_CORRUPT|SQLITE_NOTADB)/.test(code)) return new StoreCorruptError(options);
  if (/^(SQLITE_BUSY|SQLITE_LOCKED)/.test(code)) return new StoreLockedError(options);
  return new StoreFailedError(options);
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return '';
}
