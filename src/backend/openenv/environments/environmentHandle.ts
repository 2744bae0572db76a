import type { EnvironmentKey } from './workerProtocol.ts';

/** One environment in the pool. Calls on it are carried out in the order they were made. */
export interface EnvironmentHandle {
  readonly key: EnvironmentKey;
  /** Number of the worker that plays it. */
  readonly worker: number;
}
