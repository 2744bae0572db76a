import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { JobClient } from '../workers/jobClient.ts';
import { READ_ERROR_CODES, ReadError } from './readError.ts';
import type { ReadJobs } from './readJobs.ts';

/** In the source tree the worker lies beside this file; a build lays it beside the bundle. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './readWorker.ts' : './readWorker.js', import.meta.url);

/**
 * Questions to the store, answered in a worker with a connection of its own. An answer knows everything that was committed
 * before it was asked for. Fails with `ReadError`, or `JobCancelled` when nobody wants the answer any more.
 */
export type StoreReads = Pick<JobClient<ReadJobs>, 'run' | 'end'>;

/** @param db the open store; the worker reads the same file */
export function createStoreReads(db: Database): StoreReads {
  return new JobClient<ReadJobs>({
    worker: WORKER,
    workerData: { dataDir: dirname(db.name) },
    revive: (code, message) => {
      const known = READ_ERROR_CODES.find((each) => each === code);
      return known === undefined ? new Error(message) : new ReadError(known, message);
    },
  });
}
