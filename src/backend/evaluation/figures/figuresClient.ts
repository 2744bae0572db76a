import { JobClient } from '../../workers/jobClient.ts';
import { EVALUATION_ERROR_CODES, EvaluationError } from '../evaluationError.ts';
import type { FiguresJobs } from './figuresJobs.ts';

/** In the source tree the worker lies beside this file; a build lays it beside the bundle. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './figuresWorker.ts' : './figuresWorker.js', import.meta.url);

/** Keeps its outcomes for as long as it lives. Jobs fail with EvaluationError, or JobCancelled when they were withdrawn. */
export type FiguresClient = Pick<JobClient<FiguresJobs>, 'run' | 'end'>;

/** @param idleMs the worker, and what was added to it, goes when it had nothing to do for this long, milliseconds */
export function createFiguresClient(idleMs?: number): FiguresClient {
  return new JobClient<FiguresJobs>({
    worker: WORKER,
    workerData: null,
    ...(idleMs === undefined ? {} : { idleMs }),
    revive: (code, message) => {
      const known = EVALUATION_ERROR_CODES.find((each) => each === code);
      return known === undefined ? new Error(message) : new EvaluationError(known, message);
    },
  });
}
