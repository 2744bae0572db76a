import { Worker } from 'node:worker_threads';
import type {
  GroupResults,
  ImportInput,
  ImportProgress,
  ImportReport,
  MapViewInput,
  PanelData,
  PanelExportInput,
  PanelExportPage,
  RunDetail,
  RunId,
  RunList,
  RunsRevision,
  SeriesInput,
  UploadedFiles,
} from '../../contract/runs.ts';
import { RunsError } from './runsError.ts';
import { UploadedRuns } from './uploadedRuns.ts';
import type { RunsMethod, RunsMethods, RunsReply, RunsWorkerData } from './worker/protocol.ts';

/** The run library behind its worker. Every call may fail with a `RunsError`. */
export interface RunsService {
  list(): Promise<RunList>;
  details(ids: readonly RunId[]): Promise<readonly RunDetail[]>;
  import(input: ImportInput): Promise<ImportReport>;
  /** Files that come in pieces, until `uploadImport` has taken them in or `uploadCancel` gives them up. */
  uploadBegin(): Promise<{ readonly upload: string }>;
  uploadWrite(upload: string, piece: Uint8Array): Promise<void>;
  uploadImport(input: UploadedFiles): Promise<ImportReport>;
  uploadCancel(uploads: readonly string[]): Promise<void>;
  importProgress(ticket: string): Promise<ImportProgress | null>;
  importCancel(ticket: string): Promise<void>;
  follow(id: RunId, follow: boolean): Promise<void>;
  remove(id: RunId): Promise<void>;
  series(input: SeriesInput): Promise<PanelData>;
  mapView(input: MapViewInput): Promise<readonly [number, number] | null>;
  export(input: PanelExportInput): Promise<PanelExportPage>;
  results(): Promise<readonly GroupResults[]>;
  /** Revisions as they come, the newest only when the reader is slow. */
  changes(signal: AbortSignal | undefined): AsyncGenerator<RunsRevision, void, void>;
  dispose(): Promise<void>;
}

/** Beside this module: the source itself, or what the desktop build makes of it. */
const WORKER_FILE = import.meta.url.endsWith('.ts') ? './worker/runsWorker.ts' : './runsWorker.js';
/** A change may come with every logged row; readers hear of at most two a second. */
const REVISION_MS = 500;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts the worker. Shipped runs are imported in the background; calls wait for them. */
export function createRunsService(data: RunsWorkerData): RunsService {
  const pending = new Map<number, Pending>();
  const listeners = new Set<() => void>();
  const uploaded = new UploadedRuns();
  let revision = 0;
  let sequence = 0;
  let gone: Error | null = null;
  const worker = new Worker(new URL(WORKER_FILE, import.meta.url), { workerData: data });
  // Nothing it does is worth keeping a process alive that wants to end.
  worker.unref();
  let markStarted: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (markStarted = resolve));

  const fail = (error: Error): void => {
    gone ??= error;
    markStarted();
    for (const { reject } of pending.values()) reject(gone);
    pending.clear();
    for (const listener of [...listeners]) listener();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the worker of the run library has ended')));
  worker.on('message', (reply: RunsReply) => {
    if ('started' in reply) markStarted();
    else if ('revision' in reply) {
      revision = reply.revision;
      for (const listener of [...listeners]) listener();
    } else {
      const call = pending.get(reply.id);
      pending.delete(reply.id);
      if ('value' in reply) call?.resolve(reply.value);
      else call?.reject(reply.code === null ? new Error(reply.message) : new RunsError(reply.code, reply.message));
    }
  });

  async function call<M extends RunsMethod>(method: M, ...args: Parameters<RunsMethods[M]>): Promise<Awaited<ReturnType<RunsMethods[M]>>> {
    await started;
    if (gone !== null) throw gone;
    const id = ++sequence;
    return new Promise<unknown>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, method, args });
    }) as Promise<Awaited<ReturnType<RunsMethods[M]>>>;
  }

  async function* changes(signal: AbortSignal | undefined): AsyncGenerator<RunsRevision, void, void> {
    let told = -1;
    while (signal?.aborted !== true && gone === null) {
      if (revision !== told) {
        told = revision;
        yield { revision };
        await pause(REVISION_MS, signal);
        continue;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          listeners.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        listeners.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
      });
    }
  }

  return {
    list: () => call('list'),
    details: (ids) => call('details', ids),
    import: (input) => call('import', input),
    uploadBegin: async () => ({ upload: await uploaded.begin() }),
    uploadWrite: (upload, piece) => uploaded.write(upload, piece),
    uploadImport: (input) => uploaded.import(input, (folder, paths) => call('importUploaded', folder, paths, input.ticket)),
    uploadCancel: (uploads) => uploaded.cancel(uploads),
    importProgress: (ticket) => call('importProgress', ticket),
    importCancel: (ticket) => call('importCancel', ticket),
    follow: (id, follow) => call('follow', id, follow),
    remove: (id) => call('remove', id),
    series: (input) => call('series', input),
    mapView: (input) => call('mapView', input),
    export: (input) => call('export', input),
    results: () => call('results'),
    changes,
    dispose: async () => {
      await uploaded.dispose();
      if (gone !== null) return;
      const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      worker.ref();
      await call('close').catch(() => undefined);
      await exited;
    },
  };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal?.addEventListener('abort', done, { once: true });
  });
}
