import Database from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { StoreError, toStoreError } from '../store/storeError.ts';
import { episodeLine, importEpisodeFile } from './episodeFile.ts';
import { ReplayError } from './replayError.ts';
import type { JobReply, JobRequest, ReplayJob, ReplayResults, ReplayWorkerData } from './replayJobs.ts';
import { resimulate } from './resimulate.ts';

/** Runs replay jobs one after the other, on a connection of its own. */
const { databaseFile, corpusDir } = workerData as ReplayWorkerData;
const BUSY_TIMEOUT_MS = 3_000;
let corpus: Promise<MessagePool> | null = null;

async function run(job: ReplayJob): Promise<ReplayResults[ReplayJob['type']]> {
  switch (job.type) {
    case 'resimulate': {
      const { episode } = job;
      const recording = typeof episode === 'string' ? await withStore(async (store) => store.recording(episode)) : episode;
      if (recording === null) throw new ReplayError('NOT_FOUND', 'There is no episode with this id.');
      return resimulate(recording, await (corpus ??= loadBundledCorpus(corpusDir)));
    }
    case 'export':
      return withStore(async (store) => job.ids.flatMap((id) => episodeLine(store, id) ?? []));
    case 'import':
      return withStore((store) => importEpisodeFile(store, job.file));
  }
}

/** The connection lasts as long as the job, so that an idle worker holds no file. */
async function withStore<T>(work: (store: SqliteEpisodeStore) => Promise<T>): Promise<T> {
  if (databaseFile === null) throw new ReplayError('STORE_UNAVAILABLE', 'There is no episode store on disk.');
  let db: Database.Database;
  try {
    db = new Database(databaseFile, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
  } catch (error) {
    throw toStoreError(error);
  }
  try {
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    return await work(new SqliteEpisodeStore({ db, file: databaseFile, close: () => db.close() }, { upkeep: false }));
  } finally {
    db.close();
  }
}

async function answer({ number, job }: JobRequest): Promise<JobReply> {
  try {
    return { number, ok: true, value: await run(job) };
  } catch (error) {
    const code = error instanceof ReplayError ? error.code : error instanceof StoreError ? 'STORE_UNAVAILABLE' : null;
    return { number, ok: false, code, message: error instanceof Error ? error.message : String(error) };
  }
}

let queue: Promise<void> = Promise.resolve();
parentPort?.on('message', (request: JobRequest) => {
  queue = queue.then(async () => parentPort?.postMessage(await answer(request)));
});
