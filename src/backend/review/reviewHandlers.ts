import { implement } from '@orpc/server';
import { reviewProcedures } from '../../contract/reviewProcedures.ts';
import { GUIDELINES } from './guidelines.ts';
import type { ReviewService } from './reviewService.ts';
import { waitingCounter } from './waiting.ts';

/** The part of the contract that is the review queue's. */
export function reviewHandlers(review: ReviewService) {
  const os = implement(reviewProcedures);
  const waiting = waitingCounter(() => review.store);
  return {
    profiles: os.profiles.handler(() => review.store.profiles()),
    createProfile: os.createProfile.handler(({ input }) => review.desk.createProfile(input.name)),
    guidelines: os.guidelines.handler(() => GUIDELINES),
    overview: os.overview.handler(({ input, signal }) => review.overview(input.analyst, signal)),
    waiting: os.waiting.handler(({ input }) => waiting(input.analyst)),
    queue: os.queue.handler(({ input, signal }) => review.queue(input, signal)),
    item: os.item.handler(({ input, signal }) => review.item(input.itemId, input.analyst, signal)),
    next: os.next.handler(({ input }) => review.desk.next(input.analyst, input.filter, input.sort)),
    reserve: os.reserve.handler(({ input }) => review.desk.reserve(input.itemId, input.analyst)),
    heartbeat: os.heartbeat.handler(({ input }) => review.desk.heartbeat(input.itemId, input.analyst)),
    release: os.release.handler(({ input }) => review.desk.release(input.itemId, input.analyst)),
    saveDraft: os.saveDraft.handler(({ input }) => review.desk.saveDraft(input.itemId, input.analyst, input.draft)),
    submit: os.submit.handler(({ input }) => ({ row: review.desk.submit(input.itemId, input.analyst, input.label) })),
    skip: os.skip.handler(({ input }) => review.desk.skip(input.itemId, input.analyst, input.reason)),
    flag: os.flag.handler(({ input }) => review.desk.flag(input.itemId, input.analyst, input.note)),
    discard: os.discard.handler(({ input }) => review.desk.discard(input.itemId, input.analyst, input.reason)),
    adjudicate: os.adjudicate.handler(({ input }) => ({ row: review.desk.adjudicate(input.itemId, input.analyst, input.label) })),
    undo: os.undo.handler(({ input }) => review.desk.undo(input.analyst)),
    setGold: os.setGold.handler(({ input }) => review.desk.setGold(input.itemId, input.analyst, input.gold)),
    identical: os.identical.handler(({ input }) => review.desk.identical(input.itemId, input.analyst)),
    bulkAccept: os.bulkAccept.handler(({ input }) => ({ accepted: review.desk.bulkAccept(input.itemId, input.analyst, input.items) })),
    send: os.send.handler(({ input }) => review.send(input)),
    labelsOf: os.labelsOf.handler(({ input }) => review.labelsOf(input.episodeId)),
    views: os.views.handler(({ input }) => review.desk.views(input.analyst)),
    saveView: os.saveView.handler(({ input: { analyst, ...view } }) => review.desk.saveView(analyst, view)),
    deleteView: os.deleteView.handler(({ input }) => review.desk.deleteView(input.analyst, input.name)),
    agreement: os.agreement.handler(({ input, signal }) => review.agreement(input.analyst, signal)),
    exportPreview: os.exportPreview.handler(({ input, signal }) => review.exportPreview(input, signal)),
    exportLabels: os.exportLabels.handler(({ input, signal }) => review.exportLabels(input, signal)),
    recalibration: os.recalibration.handler(() => review.recalibration()),
    recalibrate: os.recalibrate.handler(({ input }) => review.recalibrate(input)),
    verifyAudit: os.verifyAudit.handler(({ signal }) => review.verifyAudit(signal)),
  };
}
