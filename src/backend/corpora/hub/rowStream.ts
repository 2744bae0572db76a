import { CachedFile } from './cachedFile.ts';
import type { CorpusPin } from './corpusPin.ts';
import type { CorpusSource } from './corpusSources.ts';
import { CorpusStreamError, throwIfCancelled } from './corpusStreamError.ts';
import type { FileVersion, HubClient, RequestOptions } from './hubClient.ts';
import { jsonlRows } from './jsonlRows.ts';
import { parquetRows } from './parquetRows.ts';
import type { PartCache } from './partCache.ts';
import type { RowSource } from './rowSource.ts';

/** Where a stream stands: what comes next lies in this file at this position. */
export interface Cursor {
  /** Index in the pin's files. */
  readonly file: number;
  /** Entity tag of that file: another one means that the position says nothing. */
  readonly etag: string;
  /** Byte offset for JSON lines, row number for Parquet. */
  readonly at: number;
  /** Rows before this place. */
  readonly rows: number;
}

export interface StreamedRow {
  /** Number of the row in the corpus, from 0. */
  readonly row: number;
  /** Its columns, or the reason why it cannot be read. */
  readonly value: { readonly [column: string]: unknown } | string;
  /** Where to go on once this row is dealt with. */
  readonly after: Cursor;
}

/** How far a stream has come in bytes, and how many rows there are as far as that is known. */
export interface StreamProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly totalRows: number | null;
}

export interface RowStreamOptions extends RequestOptions {
  readonly source: CorpusSource;
  readonly pin: CorpusPin;
  readonly cache: PartCache;
  /** Null: from the cache alone. */
  readonly hub: HubClient | null;
  readonly onProgress?: (progress: StreamProgress) => void;
  readonly partBytes?: number;
  /** The Parquet worker's file where the host has bundled it. */
  readonly parquetWorker?: URL | undefined;
}

/** The first row of a pinned corpus. */
export function startOf(pin: CorpusPin): Cursor {
  return { file: 0, etag: pin.files[0]?.etag ?? '', at: 0, rows: 0 };
}

/**
 * Rows from a cursor to the end of the corpus, each once and in order, a batch at a time. A cursor made for another
 * version of its file starts over.
 * @throws CorpusStreamError
 */
export async function* streamRows(options: RowStreamOptions, from: Cursor): AsyncGenerator<readonly StreamedRow[], void, undefined> {
  const { pin, signal } = options;
  const known = pin.files[from.file]?.etag === from.etag;
  let { file: index, at, rows } = known ? from : startOf(pin);
  for (; index < pin.files.length; index++, at = 0) {
    const file = pin.files[index] as FileVersion;
    throwIfCancelled(signal);
    const source = await openFile(options, file);
    try {
      report(options, source, index, at);
      for await (const batch of source.batches(at)) {
        throwIfCancelled(signal);
        if (batch.length === 0) continue;
        yield batch.map(({ value, next }): StreamedRow => {
          rows++;
          at = next;
          return { row: rows - 1, value, after: { file: index, etag: file.etag, at: next, rows } };
        });
        report(options, source, index, at);
      }
      report(options, source, index, Infinity);
    } finally {
      await source.close();
    }
  }
}

async function openFile(
  { source, pin, cache, hub, signal, onRetry, partBytes, parquetWorker }: RowStreamOptions,
  version: FileVersion,
): Promise<RowSource> {
  const file = new CachedFile({
    corpus: source.id,
    file: { ...version, repository: source.repository, commit: pin.commit },
    cache,
    hub,
    signal,
    onRetry,
    ...(partBytes === undefined ? {} : { partBytes }),
  });
  const format = source.fileSets[pin.fileSet]?.format;
  if (format === 'parquet') return parquetRows(file, source.columns, version.path, parquetWorker);
  if (format === 'jsonl') return checkedColumns(jsonlRows(file, partBytes), source, version.path);
  throw new CorpusStreamError('file_corrupt', `The notes kept about ${source.name} do not fit it: clear its cache and start it again.`);
}

/** The first row of JSON lines says which columns there are. */
function checkedColumns(rows: RowSource, source: CorpusSource, path: string): RowSource {
  return {
    ...rows,
    async *batches(from) {
      let checked = false;
      for await (const batch of rows.batches(from)) {
        const first = checked ? undefined : batch.find(({ value }) => typeof value === 'object')?.value;
        if (typeof first === 'object') {
          checked = true;
          const missing = source.columns.filter((name) => !(name in first));
          if (missing.length > 0) {
            throw new CorpusStreamError(
              'schema_changed',
              `${path} no longer has the columns ${missing.join(', ')}: update OmniGuard, or use a mirror with the old form.`,
            );
          }
        }
        yield batch;
      }
    },
  };
}

function report({ pin, onProgress }: RowStreamOptions, source: RowSource, index: number, at: number): void {
  if (onProgress === undefined) return;
  const sizes = pin.files.map(({ size }) => size);
  const before = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  onProgress({
    bytesRead: Math.round(before + Math.min(1, source.progressAt(at)) * (sizes[index] ?? 0)),
    bytesTotal: sizes.reduce((sum, size) => sum + size, 0),
    totalRows: pin.files.length === 1 ? source.totalRows : null,
  });
}
