import Database from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { StoreError, toStoreError } from '../store/storeError.ts';
import { serveJobs } from '../workers/serveJobs.ts';
import { episodeLine, importEpisodeFile } from './episodeFile.ts';
import { ReplayError } from './replayError.ts';
import type { ReplayJobs, ReplayWorkerData } from './replayJobs.ts';
import { resimulate } from './resimulate.ts';

/** Works on whole episodes, on a connection of its own. */
const { databaseFile, corpusDir } = workerData as ReplayWorkerData;
const BUSY_TIMEOUT_MS = 3_000;
let corpus: Promise<MessagePool> | null = null;

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

serveJobs<ReplayJobs>(
  parentPort,
  {
    resimulate: async (episode) => {
      const recording = typeof episode === 'string' ? await withStore(async (store) => store.recording(episode)) : episode;
      if (recording === null) throw new ReplayError('NOT_FOUND', 'There is no episode with this id.');
      return resimulate(recording, await (corpus ??= loadBundledCorpus(corpusDir)));
    },
    export: (ids) => withStore(async (store) => ids.flatMap((id) => episodeLine(store, id) ?? [])),
    import: (file) => withStore((store) => importEpisodeFile(store, file)),
  },
  {
    codeOf: (error) => (error instanceof ReplayError ? error.code : error instanceof StoreError ? 'STORE_UNAVAILABLE' : null),
  },
);
