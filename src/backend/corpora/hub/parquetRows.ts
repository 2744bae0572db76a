import { Worker } from 'node:worker_threads';
import type { CachedFile } from './cachedFile.ts';
import { CorpusStreamError } from './corpusStreamError.ts';
import type { FromParquetWorker, ToParquetWorker } from './parquetProtocol.ts';
import type { FileRow, RowSource } from './rowSource.ts';

const BATCH_ROWS = 256;
const WORKER = new URL('./parquetWorker.ts', import.meta.url);

type Answer = Extract<FromParquetWorker, { type: 'opened' | 'rows' }>;

/**
 * Rows of a Parquet file, decoded in a worker of their own; positions are row numbers.
 * @param name for sentences about the file
 * @param worker the worker's file where the host has bundled it
 * @throws CorpusStreamError schema_changed, file_corrupt, or what reading the file throws
 */
export async function parquetRows(file: CachedFile, columns: readonly string[], name: string, worker: URL = WORKER): Promise<RowSource> {
  const decoder = new ParquetDecoder(file, name, worker);
  try {
    const { groups } = await decoder.open(columns);
    const total = groups.reduce((sum, rows) => sum + rows, 0);
    return {
      totalRows: total,
      progressAt: (position) => (total === 0 ? 1 : position / total),
      async *batches(from) {
        let first = 0;
        for (const rows of groups) {
          const last = first + rows;
          for (let at = Math.max(from, first); at < last; at += BATCH_ROWS) {
            yield rowsOf(await decoder.read(at, Math.min(at + BATCH_ROWS, last)), columns, at);
          }
          first = last;
        }
      },
      close: () => decoder.close(),
    };
  } catch (error) {
    await decoder.close();
    throw error;
  }
}

function rowsOf({ columns: values }: Extract<Answer, { type: 'rows' }>, columns: readonly string[], start: number): FileRow[] {
  const count = values[columns[0] ?? '']?.length ?? 0;
  return Array.from({ length: count }, (_, at) => ({
    value: Object.fromEntries(columns.map((name) => [name, values[name]?.[at]])),
    next: start + at + 1,
  }));
}

/** The near side of the worker: one request at a time, and the file's bytes whenever the worker asks for some. */
class ParquetDecoder {
  private readonly file: CachedFile;
  private readonly name: string;
  private readonly worker: Worker;
  private pending: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | null = null;

  constructor(file: CachedFile, name: string, worker: URL) {
    this.file = file;
    this.name = name;
    this.worker = new Worker(worker);
    this.worker.on('message', (message: FromParquetWorker) => this.receive(message));
    this.worker.on('error', (cause) => this.fail(this.corrupt(cause)));
    this.worker.on('exit', () => this.fail(this.corrupt(new Error('the worker ended'))));
  }

  async open(columns: readonly string[]): Promise<Extract<Answer, { type: 'opened' }>> {
    const answer = await this.ask({ type: 'open', byteLength: this.file.size, columns });
    if (answer.type !== 'opened') throw this.corrupt(answer);
    return answer;
  }

  async read(start: number, end: number): Promise<Extract<Answer, { type: 'rows' }>> {
    const answer = await this.ask({ type: 'read', start, end });
    if (answer.type !== 'rows') throw this.corrupt(answer);
    return answer;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(message: ToParquetWorker): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.worker.postMessage(message);
    });
  }

  private receive(message: FromParquetWorker): void {
    if (message.type === 'slice') {
      void this.supply(message);
      return;
    }
    if (message.type === 'failed') {
      this.fail(this.described(message));
      return;
    }
    const pending = this.pending;
    this.pending = null;
    pending?.resolve(message);
  }

  private async supply({ id, start, end }: Extract<FromParquetWorker, { type: 'slice' }>): Promise<void> {
    try {
      const bytes = (await this.file.read(start, end)).buffer as ArrayBuffer;
      this.worker.postMessage({ type: 'bytes', id, bytes } satisfies ToParquetWorker, [bytes]);
    } catch (error) {
      this.fail(error instanceof Error ? error : this.corrupt(error));
    }
  }

  private fail(error: Error): void {
    const pending = this.pending;
    this.pending = null;
    pending?.reject(error);
  }

  private described({ reason, detail }: Extract<FromParquetWorker, { type: 'failed' }>): CorpusStreamError {
    const options = { cause: new Error(detail) };
    switch (reason) {
      case 'schema':
        return new CorpusStreamError(
          'schema_changed',
          `${this.name} no longer has the columns ${detail}: update OmniGuard, or use a mirror with the old form.`,
          options,
        );
      case 'too_large':
        return new CorpusStreamError(
          'range_refused',
          `${this.name} is one block that cannot be read in parts (${detail}): use a mirror with smaller row groups.`,
          options,
        );
      case 'corrupt':
        return this.corrupt(options.cause);
    }
  }

  private corrupt(cause: unknown): CorpusStreamError {
    return new CorpusStreamError('file_corrupt', `${this.name} cannot be read as Parquet: clear this corpus's cache and start it again.`, {
      cause,
    });
  }
}
