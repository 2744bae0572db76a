import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunsError } from '../runsError.ts';
import { EVALUATION_FILES } from './evaluationFile.ts';

const PIECE_BYTES = 1024 * 1024;

/** Reads a file from its start in pieces of 1 MiB, and reads on when it has grown. */
export class FileTail {
  private readonly path: string;
  private readonly descriptor: number;
  private readonly inode: number;
  private readonly hash = createHash('sha256');
  private offset = 0;

  /** @throws RunsError NOT_FOUND or UNREADABLE */
  constructor(path: string) {
    this.path = path;
    try {
      this.descriptor = openSync(path, 'r');
    } catch (error) {
      throw toRunsError(error);
    }
    this.inode = fstatSync(this.descriptor).ino;
  }

  /** The next piece; empty at the end for now; null when the file was cut, removed or replaced. */
  read(): Uint8Array | null {
    try {
      const buffer = new Uint8Array(PIECE_BYTES);
      const length = readSync(this.descriptor, buffer, 0, PIECE_BYTES, this.offset);
      if (length === 0 && this.replaced()) return null;
      this.offset += length;
      const piece = buffer.subarray(0, length);
      this.hash.update(piece);
      return piece;
    } catch (error) {
      throw toRunsError(error);
    }
  }

  sha256(): string {
    return this.hash.copy().digest('hex');
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private replaced(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    return now === undefined || now.size < this.offset || now.ino !== this.inode;
  }
}

/** Changes whenever the file does, SQLite's log of it, or an evaluation beside it. */
export function sourceStamp(path: string): string {
  return [path, `${path}-wal`, ...EVALUATION_FILES.map((name) => join(dirname(path), name))]
    .map((name) => statSync(name, { throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`))
    .join(' ');
}

export function toRunsError(error: unknown): RunsError {
  if (error instanceof RunsError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new RunsError('NOT_FOUND', 'There is no such file or folder.', { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new RunsError('UNREADABLE', 'The file may not be read by this account.', { cause: error });
  return new RunsError('UNREADABLE', 'The file cannot be read.', { cause: error });
}
