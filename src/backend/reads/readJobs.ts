import type { LibraryFacets, LibraryPage, LibraryQuery } from '../../contract/replays.ts';
import type {
  AgreementReport,
  AnalystId,
  AuditVerification,
  ExportFilter,
  ExportFormat,
  ExportManifest,
  ExportPreview,
  ReviewItem,
  ReviewItemId,
  ReviewOverview,
  ReviewPage,
  ReviewQuery,
} from '../../contract/review.ts';
import type { MeasuredRecalibration, RecalibrationBasis } from '../review/recalibrationMeasure.ts';

export interface ReadWorkerData {
  /** Folder of the store. */
  readonly dataDir: string;
}

/** An instant, milliseconds since 1970: the clock stays with who asks. */
interface At {
  readonly now: number;
}

interface Labels {
  readonly format: ExportFormat;
  readonly filter: ExportFilter;
}

/** What is asked of the store and may take longer than a frame. Nothing here writes into it. */
export type ReadJobs = {
  readonly episodes: { readonly input: LibraryQuery; readonly output: LibraryPage };
  readonly facets: { readonly input: null; readonly output: LibraryFacets };
  readonly queue: { readonly input: At & { readonly query: ReviewQuery }; readonly output: ReviewPage };
  readonly item: { readonly input: At & { readonly itemId: ReviewItemId; readonly analyst: AnalystId }; readonly output: ReviewItem };
  readonly overview: { readonly input: At & { readonly analyst: AnalystId }; readonly output: ReviewOverview };
  readonly agreement: { readonly input: AnalystId; readonly output: AgreementReport };
  readonly recalibration: { readonly input: RecalibrationBasis; readonly output: MeasuredRecalibration };
  readonly audit: { readonly input: null; readonly output: AuditVerification };
  readonly exportPreview: { readonly input: At & Labels; readonly output: ExportPreview };
  /** Writes the labels to `file` and a manifest beside it. */
  readonly exportLabels: {
    readonly input: At & Labels & { readonly file: string };
    readonly output: ExportManifest;
  };
};
