import { parentPort } from 'node:worker_threads';
import { parquetMetadataAsync, parquetScan, type AsyncBuffer, type FileMetaData, type ParquetScan } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { MOST_GROUP_BYTES, type FromParquetWorker, type ParquetFailure, type ToParquetWorker } from './parquetProtocol.ts';

/** Decodes Parquet off the event loop: a row group takes seconds of pure JavaScript. */

/** Rows decoded at a time where a page index allows to decode a part of a row group. */
const WINDOW_ROWS = 8_192;

class ParquetProblem extends Error {
  readonly reason: ParquetFailure;

  constructor(reason: ParquetFailure, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

interface Window {
  readonly start: number;
  readonly end: number;
  readonly columns: { readonly [name: string]: ArrayLike<unknown> };
}

interface OpenFile {
  readonly scan: ParquetScan;
  readonly metadata: FileMetaData;
  readonly columns: readonly string[];
  window: Window | null;
}

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker');
const send = (message: FromParquetWorker): void => port.postMessage(message);

const slices = new Map<number, (bytes: ArrayBuffer) => void>();
let nextSlice = 0;
let file: OpenFile | null = null;
/** One request at a time, in order. */
let work: Promise<void> = Promise.resolve();

port.on('message', (message: ToParquetWorker) => {
  if (message.type === 'bytes') {
    slices.get(message.id)?.(message.bytes);
    slices.delete(message.id);
    return;
  }
  work = work
    .then(() => answer(message))
    .catch((error: unknown) => {
      const reason = error instanceof ParquetProblem ? error.reason : 'corrupt';
      send({ type: 'failed', reason, detail: error instanceof Error ? error.message : String(error) });
    });
});

async function answer(message: Exclude<ToParquetWorker, { type: 'bytes' }>): Promise<void> {
  if (message.type === 'open') {
    file = await open(message.byteLength, message.columns);
    send({ type: 'opened', groups: file.metadata.row_groups.map((group) => Number(group.num_rows)) });
    return;
  }
  if (file === null) throw new Error('no file is open');
  send({ type: 'rows', columns: await read(file, message.start, message.end) });
}

async function open(byteLength: number, columns: readonly string[]): Promise<OpenFile> {
  const buffer: AsyncBuffer = {
    byteLength,
    slice: (start, end = byteLength) =>
      new Promise((resolve) => {
        const id = nextSlice++;
        slices.set(id, resolve);
        send({ type: 'slice', id, start: start < 0 ? byteLength + start : start, end });
      }),
  };
  const metadata = await parquetMetadataAsync(buffer);
  const present = new Set(metadata.row_groups[0]?.columns.map((chunk) => chunk.meta_data?.path_in_schema[0]) ?? columns);
  const missing = columns.filter((name) => !present.has(name));
  if (missing.length > 0) throw new ParquetProblem('schema', missing.join(', '));
  const scan = await parquetScan({ file: buffer, metadata, columns: [...columns], compressors, useOffsetIndex: true });
  return { scan, metadata, columns, window: null };
}

async function read(open: OpenFile, start: number, end: number): Promise<{ [name: string]: readonly unknown[] }> {
  if (open.window === null || start < open.window.start || end > open.window.end) open.window = await decode(open, start, end);
  const { window } = open;
  return Object.fromEntries(
    open.columns.map((name) => [name, Array.prototype.slice.call(window.columns[name] ?? [], start - window.start, end - window.start)]),
  );
}

/** Decodes the part of the row group that is worth keeping: a window where pages can be found, else the whole group. */
async function decode({ scan, metadata, columns }: OpenFile, start: number, end: number): Promise<Window> {
  let first = 0;
  const group = metadata.row_groups.find((candidate) => {
    if (start < first + Number(candidate.num_rows)) return true;
    first += Number(candidate.num_rows);
    return false;
  });
  if (group === undefined) throw new RangeError(`there is no row ${start}`);
  const last = first + Number(group.num_rows);
  const chunks = group.columns.filter((chunk) => columns.includes(chunk.meta_data?.path_in_schema[0] ?? ''));
  const indexed = chunks.every((chunk) => chunk.offset_index_offset !== undefined);
  const bytes = chunks.reduce((sum, chunk) => sum + Number(chunk.meta_data?.total_compressed_size ?? 0), 0);
  if (!indexed && bytes > MOST_GROUP_BYTES) throw new ParquetProblem('too_large', `a row group of ${bytes} bytes`);
  const window = indexed
    ? { rowStart: start, rowEnd: Math.min(last, Math.max(end, start + WINDOW_ROWS)) }
    : { rowStart: first, rowEnd: last };
  const decoded: { [name: string]: ArrayLike<unknown> } = {};
  for (const column of columns) decoded[column] = await scan.readColumn({ column, ...window });
  return { start: window.rowStart, end: window.rowEnd, columns: decoded };
}
