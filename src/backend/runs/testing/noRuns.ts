import { RunsError } from '../runsError.ts';
import type { RunsService } from '../runsService.ts';

const unavailable = (): Promise<never> => Promise.reject(new RunsError('INVALID_STATE', 'There is no run library here.'));

/** Stands where a test needs no runs and wants no worker. */
export const noRuns: RunsService = {
  list: async () => ({ runs: [], problem: null }),
  details: async () => [],
  import: unavailable,
  uploadBegin: unavailable,
  uploadWrite: unavailable,
  uploadImport: unavailable,
  uploadCancel: unavailable,
  importProgress: async () => null,
  importCancel: unavailable,
  follow: unavailable,
  remove: unavailable,
  series: unavailable,
  mapView: unavailable,
  export: unavailable,
  results: async () => [],
  async *changes() {
    await Promise.resolve();
    yield { revision: 0 };
  },
  dispose: async () => undefined,
};
