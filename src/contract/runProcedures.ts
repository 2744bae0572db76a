import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import {
  importInputSchema,
  mapViewInputSchema,
  panelExportInputSchema,
  runIdSchema,
  runUploadInputs,
  seriesInputSchema,
  type GroupResults,
  type ImportProgress,
  type ImportReport,
  type PanelData,
  type PanelExportPage,
  type RunDetail,
  type RunList,
  type RunsRevision,
} from './runs.ts';

const base = oc.errors({
  INVALID_STATE: { message: 'Not possible in the present state.' },
  NOT_FOUND: { message: 'Not found.' },
  UNREADABLE: { message: 'The file cannot be read.' },
});

/** The library of training runs. */
export const runProcedures = {
  list: base.output(type<RunList>()),
  details: base.input(z.strictObject({ ids: z.array(runIdSchema).max(50) })).output(type<readonly RunDetail[]>()),
  import: base.input(importInputSchema).output(type<ImportReport>()),
  /** Begins a file that comes in pieces. */
  uploadBegin: base.output(type<{ readonly upload: string }>()),
  uploadWrite: base.input(runUploadInputs.write).output(z.void()),
  /** Takes in the runs of files that were sent; what was sent is given up with the answer, whatever it is. */
  uploadImport: base.input(runUploadInputs.import).output(type<ImportReport>()),
  uploadCancel: base.input(runUploadInputs.cancel).output(z.void()),
  /** Null while no import goes by this ticket. */
  importProgress: base.input(runUploadInputs.ofImport).output(type<ImportProgress | null>()),
  /** The import answers with INVALID_STATE; files that it had finished stay in the library. */
  importCancel: base.input(runUploadInputs.ofImport).output(z.void()),
  /** Starts or ends following the file that the run came from. */
  follow: base.input(z.strictObject({ id: runIdSchema, follow: z.boolean() })).output(z.void()),
  /** Removes the run; the file that it came from stays. */
  remove: base.input(z.strictObject({ id: runIdSchema })).output(z.void()),
  /** One panel's curves, decimated to what a screen can show. */
  series: base.input(seriesInputSchema).output(type<PanelData>()),
  /** Where on another x axis the points of a view lie, over all runs; null where none has a place there. */
  mapView: base.input(mapViewInputSchema).output(type<readonly [number, number] | null>()),
  /** The raw points behind a panel, page by page. */
  export: base.input(panelExportInputSchema).output(type<PanelExportPage>()),
  results: base.output(type<readonly GroupResults[]>()),
  /** Says when `list` has news, until the client closes the stream. */
  changes: base.output(eventIterator(type<RunsRevision>())),
} as const;
