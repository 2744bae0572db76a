import { JobClient } from '../workers/jobClient.ts';
import { REPLAY_ERROR_CODES, ReplayError } from './replayError.ts';
import type { ReplayJobs, ReplayWorkerData } from './replayJobs.ts';

/** In the source tree the worker lies beside this file; a build lays it beside the bundle. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './replayWorker.ts' : './replayWorker.js', import.meta.url);

/** The worker that plays, writes and reads whole episodes; fails with `ReplayError`. */
export function createReplayWorker(workerData: ReplayWorkerData): JobClient<ReplayJobs> {
  return new JobClient({
    worker: WORKER,
    workerData,
    revive: (code, message) => {
      const known = REPLAY_ERROR_CODES.find((each) => each === code);
      return known === undefined ? new Error(message) : new ReplayError(known, message);
    },
  });
}
