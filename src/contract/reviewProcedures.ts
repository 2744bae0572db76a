import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import {
  reviewInputs,
  reviewQuerySchema,
  type AgreementReport,
  type AnalystProfile,
  type AuditVerification,
  type ExportPreview,
  type ExportResult,
  type Guidelines,
  type RecalibrationReport,
  type ReviewItem,
  type ReviewItemId,
  type ReviewLease,
  type ReviewOverview,
  type ReviewPage,
  type ReviewRow,
  type ReviewWaiting,
  type SavedView,
  type StepLabel,
} from './review.ts';

const base = oc.errors({
  INVALID_STATE: { message: 'Not possible in the present state.' },
  STORE_UNAVAILABLE: { message: 'The review queue is not available.' },
  MODEL_UNAVAILABLE: { message: 'The model is not available.' },
  NOT_FOUND: { message: 'Not found.' },
});

/** The review queue: what analysts read and decide. Every call names the analyst's profile. */
export const reviewProcedures = {
  profiles: base.output(type<readonly AnalystProfile[]>()),
  createProfile: base.input(reviewInputs.createProfile).output(type<AnalystProfile>()),
  guidelines: base.output(type<Guidelines>()),
  overview: base.input(reviewInputs.ofAnalyst).output(type<ReviewOverview>()),
  /** Cheap enough to be asked every other second. */
  waiting: base.input(reviewInputs.waiting).output(type<ReviewWaiting>()),
  queue: base.input(reviewQuerySchema).output(type<ReviewPage>()),
  item: base.input(reviewInputs.ofItem).output(type<ReviewItem>()),
  /** Reserves the first item that this analyst may decide; null when there is none. */
  next: base.input(reviewInputs.next).output(type<{ readonly itemId: ReviewItemId } | null>()),
  reserve: base.input(reviewInputs.ofItem).output(type<ReviewLease>()),
  /** Tells that the page is alive; null when the reservation is gone. */
  heartbeat: base.input(reviewInputs.ofItem).output(type<ReviewLease | null>()),
  release: base.input(reviewInputs.ofItem).output(z.void()),
  /** Keeps a draft and extends the reservation; on a blind item the first choice is recorded and everything shown. */
  saveDraft: base.input(reviewInputs.saveDraft).output(type<{ readonly lease: ReviewLease; readonly revealed: boolean }>()),
  submit: base.input(reviewInputs.submit).output(type<{ readonly row: ReviewRow }>()),
  skip: base.input(reviewInputs.skip).output(z.void()),
  /** Asks for a second analyst. */
  flag: base.input(reviewInputs.flag).output(z.void()),
  /** Takes an item out of the queue that cannot be decided. */
  discard: base.input(reviewInputs.skip).output(z.void()),
  /** Decides a conflict. */
  adjudicate: base.input(reviewInputs.submit).output(type<{ readonly row: ReviewRow }>()),
  /** Takes back the analyst's latest operation; null when there is none left. */
  undo: base.input(reviewInputs.ofAnalyst).output(type<{ readonly itemId: ReviewItemId; readonly what: string } | null>()),
  /** A decided item is served to other analysts as a test, or no longer. */
  setGold: base.input(reviewInputs.setGold).output(z.void()),
  /** Open items with the very same evidence as one this analyst has labelled. */
  identical: base.input(reviewInputs.ofItem).output(type<readonly ReviewRow[]>()),
  bulkAccept: base.input(reviewInputs.bulkAccept).output(type<{ readonly accepted: number }>()),
  /** Puts a stored step into the queue; an item that is there already is flagged. */
  send: base.input(reviewInputs.send).output(type<{ readonly itemId: ReviewItemId; readonly created: boolean }>()),
  labelsOf: base.input(reviewInputs.labelsOf).output(type<readonly StepLabel[]>()),
  views: base.input(reviewInputs.ofAnalyst).output(type<readonly SavedView[]>()),
  saveView: base.input(reviewInputs.saveView).output(z.void()),
  deleteView: base.input(reviewInputs.deleteView).output(z.void()),
  agreement: base.input(reviewInputs.ofAnalyst).output(type<AgreementReport>()),
  exportPreview: base.input(reviewInputs.exportLabels).output(type<ExportPreview>()),
  /** Writes the export into the data folder. */
  exportLabels: base.input(reviewInputs.exportLabels).output(type<ExportResult>()),
  recalibration: base.output(type<RecalibrationReport>()),
  recalibrate: base.input(reviewInputs.recalibrate).output(type<RecalibrationReport>()),
  verifyAudit: base.output(type<AuditVerification>()),
} as const;
