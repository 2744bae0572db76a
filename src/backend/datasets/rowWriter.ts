import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { Label } from './labelledCase.ts';

/** What became of the rows offered so far. */
export interface RowCounts {
  readonly written: number;
  /** Rows whose text and label had been written before. */
  readonly duplicates: number;
  /** Rows written whose text also stands in the file with the other label. */
  readonly conflicts: number;
}

/** A line of a training set. */
export interface WrittenRow {
  readonly label: Label;
}

/**
 * Writes training rows as JSON lines beside their destination and moves the file into place at the end,
 * so that a broken run leaves an earlier file untouched.
 */
export class RowWriter {
  private readonly file: string;
  private readonly partial: string;
  private readonly stream: WriteStream;
  private readonly closed: Promise<void>;
  /** Labels seen for each text, by a 128-bit digest. */
  private readonly labels = new Map<string, Set<string>>();
  private written = 0;
  private duplicates = 0;
  private conflicts = 0;

  private constructor(file: string, partial: string) {
    this.file = file;
    this.partial = partial;
    this.stream = createWriteStream(partial, { flags: 'w' });
    this.closed = finished(this.stream);
    // A failure surfaces in `add` or `commit`; without a handler it would end the process before that.
    this.closed.catch(() => undefined);
  }

  /** Opens a writer for `file`; missing folders are made. */
  static async open(file: string): Promise<RowWriter> {
    const target = path.resolve(file);
    await mkdir(path.dirname(target), { recursive: true });
    return new RowWriter(target, `${target}.${process.pid}.part`);
  }

  get counts(): RowCounts {
    return { written: this.written, duplicates: this.duplicates, conflicts: this.conflicts };
  }

  /** Writes the row unless one with the same text and label was written; tells whether it did. @throws Error when the disk refuses. */
  async add(row: WrittenRow, text: string): Promise<boolean> {
    const digest = createHash('sha256').update(text).digest('base64').slice(0, 22);
    const seen = this.labels.get(digest);
    if (seen?.has(row.label) === true) {
      this.duplicates++;
      return false;
    }
    if (seen === undefined) this.labels.set(digest, new Set([row.label]));
    else {
      seen.add(row.label);
      this.conflicts++;
    }
    this.written++;
    if (this.stream.errored !== null) await this.closed;
    if (!this.stream.write(`${JSON.stringify(row)}\n`)) await Promise.race([once(this.stream, 'drain'), this.closed]);
    return true;
  }

  /** Flushes and moves the file into place. */
  async commit(): Promise<void> {
    this.stream.end();
    await this.closed;
    await rename(this.partial, this.file);
  }

  /** Drops what was written. */
  async discard(): Promise<void> {
    this.stream.destroy();
    await this.closed.catch(() => undefined);
    await rm(this.partial, { force: true });
  }
}
