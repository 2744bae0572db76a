import { implement } from '@orpc/server';
import { runProcedures } from '../../contract/runProcedures.ts';
import type { RunsService } from './runsService.ts';

/** Answers the contract's calls about training runs. */
export function runHandlers(runs: RunsService) {
  const os = implement(runProcedures);
  return {
    list: os.list.handler(() => runs.list()),
    details: os.details.handler(({ input }) => runs.details(input.ids)),
    import: os.import.handler(({ input }) => runs.import(input)),
    uploadBegin: os.uploadBegin.handler(() => runs.uploadBegin()),
    uploadWrite: os.uploadWrite.handler(({ input }) => runs.uploadWrite(input.upload, Buffer.from(input.data, 'base64'))),
    uploadImport: os.uploadImport.handler(({ input }) => runs.uploadImport(input)),
    uploadCancel: os.uploadCancel.handler(({ input }) => runs.uploadCancel(input.uploads)),
    importProgress: os.importProgress.handler(({ input }) => runs.importProgress(input.ticket)),
    importCancel: os.importCancel.handler(({ input }) => runs.importCancel(input.ticket)),
    follow: os.follow.handler(({ input }) => runs.follow(input.id, input.follow)),
    remove: os.remove.handler(({ input }) => runs.remove(input.id)),
    series: os.series.handler(({ input }) => runs.series(input)),
    mapView: os.mapView.handler(({ input }) => runs.mapView(input)),
    export: os.export.handler(({ input }) => runs.export(input)),
    results: os.results.handler(() => runs.results()),
    changes: os.changes.handler(({ signal }) => runs.changes(signal)),
  };
}
