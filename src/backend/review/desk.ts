import {
  analystIdSchema,
  type AnalystId,
  type AnalystProfile,
  type LabelDraft,
  type LabelInput,
  type ReviewFilter,
  type ReviewItem,
  type ReviewItemId,
  type ReviewLease,
  type ReviewOverview,
  type ReviewPage,
  type ReviewQuery,
  type ReviewRow,
  type ReviewSort,
  type SavedView,
  type SkipReason,
} from '../../contract/review.ts';
import { randomBytes } from 'node:crypto';
import { quantile } from '../evaluation/quantile.ts';
import { GUIDELINES } from './guidelines.ts';
import { itemView, rowView, viewFacts } from './itemView.ts';
import { beat, isHeld, reserve, type Lease } from './leases.ts';
import { ReviewError } from './reviewError.ts';
import type { ItemRow, LabelRow, OperationRow, QueueRow, ReviewStore } from './reviewStore.ts';
import { isHidden, permission } from './visibility.ts';

/** Every so many labels an analyst is given a gold item instead of a new one. */
const GOLD_EVERY = 10;
/** Longer than this was not work on one item. */
const LONGEST_SECONDS = 3_600;

/** What analysts do: read, reserve, label, take back. One transaction each. */
export class ReviewDesk {
  private readonly store: ReviewStore;
  private readonly now: () => Date;

  constructor(store: ReviewStore, now: () => Date) {
    this.store = store;
    this.now = now;
  }

  createProfile(name: string): AnalystProfile {
    const profile = { id: analystIdSchema.parse(`an-${randomBytes(8).toString('hex')}`), name };
    return this.store.transaction(() => {
      const at = this.now().toISOString();
      if (!this.store.addProfile(profile, at))
        throw new ReviewError('INVALID_STATE', 'An analyst of this name exists; choose that profile.');
      this.store.record({ at, analyst: profile.id, item: null, type: 'profile_created', detail: { name } });
      return profile;
    });
  }

  queue({ analyst, filter, sort, after, limit }: ReviewQuery): ReviewPage {
    this.store.profile(analyst);
    const now = this.now().getTime();
    const page = this.store.page(filter, sort, { analyst, now, after, limit });
    return { rows: page.rows.map((row) => rowView(row, analyst, now)), total: page.total, next: page.next };
  }

  item(itemId: ReviewItemId, analyst: AnalystId): ReviewItem {
    this.store.profile(analyst);
    return itemView(this.store, this.row(itemId, analyst), analyst, this.now().getTime());
  }

  overview(analyst: AnalystId): ReviewOverview {
    this.store.profile(analyst);
    const today = `${this.now().toISOString().slice(0, 10)}T00:00:00.000Z`;
    return {
      revision: this.store.audit.head()?.seq ?? 0,
      ...this.store.counts(),
      families: this.store.families(),
      models: this.store.models(),
      doneToday: this.store.labelsSince(analyst, today),
      remaining: this.store.remaining(analyst),
      medianSeconds: quantile(this.store.recentSeconds(analyst), 0.5),
      undoable: this.store.undoable(analyst).length,
    };
  }

  next(analyst: AnalystId, filter: ReviewFilter, sort: ReviewSort): { readonly itemId: ReviewItemId } | null {
    this.store.profile(analyst);
    const now = this.now().getTime();
    return this.store.transaction(() => {
      const due = this.store.labelCount(analyst) % GOLD_EVERY === GOLD_EVERY - 1;
      const item = (due ? this.store.firstGold(analyst, now) : null) ?? this.store.firstAvailable(filter, sort, analyst, now);
      if (item === null) return null;
      this.hold(item, analyst);
      return { itemId: item.id };
    });
  }

  reserve(itemId: ReviewItemId, analyst: AnalystId): ReviewLease {
    return this.store.transaction(() => {
      this.decidable(this.row(itemId, analyst));
      return this.leaseView(this.hold(this.store.item(itemId), analyst));
    });
  }

  heartbeat(itemId: ReviewItemId, analyst: AnalystId): ReviewLease | null {
    return this.store.transaction(() => {
      const { seq } = this.store.item(itemId);
      const lease = beat(this.store.lease(seq), analyst, this.now().getTime());
      if (lease === null) return null;
      this.store.putLease(seq, lease);
      return this.leaseView(lease);
    });
  }

  release(itemId: ReviewItemId, analyst: AnalystId): void {
    this.store.transaction(() => this.store.dropLease(this.store.item(itemId).seq, analyst));
  }

  saveDraft(itemId: ReviewItemId, analyst: AnalystId, draft: LabelDraft): { readonly lease: ReviewLease; readonly revealed: boolean } {
    return this.store.transaction(() => {
      const row = this.row(itemId, analyst);
      this.decidable(row);
      const lease = this.hold(row, analyst);
      const kept = this.store.draft(row.seq, analyst);
      const reveals = draft.action !== null && isHidden(viewFacts(row));
      const at = this.now().toISOString();
      this.store.putDraft(row.seq, analyst, {
        draft,
        firstChoice: kept?.firstChoice ?? (reveals ? draft.action : null),
        openedAt: kept?.openedAt ?? at,
      });
      if (reveals) this.store.record({ at, analyst, item: itemId, type: 'first_choice', detail: { action: draft.action } });
      return { lease: this.leaseView(lease), revealed: reveals };
    });
  }

  submit(itemId: ReviewItemId, analyst: AnalystId, label: LabelInput): ReviewRow {
    return this.store.transaction(() => {
      const row = this.row(itemId, analyst);
      if (permission(viewFacts(row)) !== 'label')
        throw new ReviewError('INVALID_STATE', 'The item has been decided since; nothing was changed.');
      this.hold(row, analyst);
      const open = row.status === 'pending' || row.status === 'needs_second';
      const purpose = open ? 'label' : 'gold_check';
      const seq = this.write(row, analyst, purpose, label);
      this.store.addOperation(analyst, this.now().toISOString(), row.seq, { kind: purpose, label: seq });
      return rowView(this.row(itemId, analyst), analyst, this.now().getTime());
    });
  }

  adjudicate(itemId: ReviewItemId, analyst: AnalystId, label: LabelInput): ReviewRow {
    return this.store.transaction(() => {
      const row = this.row(itemId, analyst);
      if (row.status !== 'conflict') throw new ReviewError('INVALID_STATE', 'The item is not in conflict; nothing was changed.');
      this.hold(row, analyst);
      const seq = this.write(row, analyst, 'adjudication', label);
      this.store.addOperation(analyst, this.now().toISOString(), row.seq, { kind: 'adjudication', label: seq });
      return rowView(this.row(itemId, analyst), analyst, this.now().getTime());
    });
  }

  skip(itemId: ReviewItemId, analyst: AnalystId, reason: SkipReason): void {
    this.store.transaction(() => {
      const item = this.store.item(itemId);
      this.store.addSkip(item.seq, analyst, reason);
      this.store.dropLease(item.seq, analyst);
      this.did(item, analyst, 'skipped', { reason }, { kind: 'skip' });
    });
  }

  flag(itemId: ReviewItemId, analyst: AnalystId, note: string): void {
    this.store.transaction(() => {
      const item = this.store.item(itemId);
      if (item.status === 'adjudicated' || item.status === 'discarded' || item.status === 'conflict') {
        throw new ReviewError('INVALID_STATE', 'Only items that are open or decided by one analyst can be flagged for a second one.');
      }
      this.store.setRequired(item.seq, 2, 1);
      this.store.settle(item.seq, this.now().toISOString());
      this.did(item, analyst, 'flagged', { note }, { kind: 'flag', required: item.required, flagged: item.analyst_flag });
    });
  }

  discard(itemId: ReviewItemId, analyst: AnalystId, reason: SkipReason): void {
    this.store.transaction(() => {
      const row = this.row(itemId, analyst);
      if (row.status === 'adjudicated' || row.status === 'discarded') throw new ReviewError('INVALID_STATE', 'The item is closed.');
      this.hold(row, analyst);
      this.store.dropLease(row.seq, analyst);
      this.store.settle(row.seq, this.now().toISOString(), { discarded: true });
      this.did(row, analyst, 'discarded', { reason, before: row.status }, { kind: 'discard' });
    });
  }

  setGold(itemId: ReviewItemId, analyst: AnalystId, gold: boolean): void {
    this.store.transaction(() => {
      this.store.profile(analyst);
      const item = this.store.item(itemId);
      if (item.final_action === null) throw new ReviewError('INVALID_STATE', 'Only a decided item can be a gold item.');
      this.store.setGold(item.seq, gold);
      this.store.record({ at: this.now().toISOString(), analyst, item: itemId, type: gold ? 'gold_set' : 'gold_unset', detail: {} });
    });
  }

  identical(itemId: ReviewItemId, analyst: AnalystId): readonly ReviewRow[] {
    const now = this.now().getTime();
    return this.store.identical(this.store.item(itemId), analyst, now).map((row) => rowView(row, analyst, now));
  }

  bulkAccept(itemId: ReviewItemId, analyst: AnalystId, items: readonly ReviewItemId[]): number {
    return this.store.transaction(() => {
      const model = this.store.item(itemId);
      const mine = this.store.labels(model.seq).findLast((label) => label.analyst === analyst && label.purpose !== 'gold_check');
      if (mine === undefined || (model.status !== 'submitted' && model.status !== 'adjudicated')) {
        throw new ReviewError('INVALID_STATE', 'Label the item itself first; items in conflict are never decided in bulk.');
      }
      const allowed = new Map(this.store.identical(model, analyst, this.now().getTime()).map((row) => [row.id, row]));
      const rows = items.map((id) => allowed.get(id));
      if (rows.some((row) => row === undefined)) {
        throw new ReviewError('INVALID_STATE', 'Some of these items have changed or do not have the same evidence; nothing was changed.');
      }
      const chosen = rows.filter((row) => row !== undefined);
      const label = JSON.parse(mine.label) as LabelInput;
      const labels = chosen.map((row) => this.write(row, analyst, 'bulk', label));
      this.store.addOperation(analyst, this.now().toISOString(), model.seq, { kind: 'bulk', labels, items: chosen.map(({ seq }) => seq) });
      return labels.length;
    });
  }

  /** Takes back the analyst's latest operation that has not been taken back. */
  undo(analyst: AnalystId): { readonly itemId: ReviewItemId; readonly what: string } | null {
    const undone = this.store.transaction(() => {
      const [operation] = this.store.undoable(analyst);
      if (operation === undefined) return null;
      const item = this.store.itemOfSeq(operation.item);
      const { kind } = operation.operation;
      // What cannot be taken back any more must not keep the analyst from what was done before it.
      this.store.markUndone(operation.seq);
      if (kind === 'label' && item.status === 'adjudicated') return 'adjudicated';
      this.revert(operation, item, analyst);
      this.store.record({ at: this.now().toISOString(), analyst, item: item.id, type: 'undone', detail: { operation: kind } });
      return { itemId: item.id, what: kind };
    });
    if (undone === 'adjudicated') throw new ReviewError('INVALID_STATE', 'The item has been adjudicated since; its labels stay.');
    return undone;
  }

  views(analyst: AnalystId): readonly SavedView[] {
    return this.store.views(analyst);
  }

  saveView(analyst: AnalystId, view: SavedView): void {
    this.store.transaction(() => {
      this.store.profile(analyst);
      this.store.putView(analyst, view);
    });
  }

  deleteView(analyst: AnalystId, name: string): void {
    this.store.transaction(() => this.store.dropView(analyst, name));
  }

  private row(itemId: ReviewItemId, analyst: AnalystId): QueueRow {
    this.store.profile(analyst);
    return this.store.queueRow(this.store.item(itemId).seq, analyst);
  }

  private decidable(row: QueueRow): void {
    if (permission(viewFacts(row)) === 'read') throw new ReviewError('INVALID_STATE', 'The item has been decided since.');
  }

  /** Reserves the item, or tells who works on it. */
  private hold(item: ItemRow, analyst: AnalystId): Lease {
    const now = this.now().getTime();
    const held = this.store.lease(item.seq);
    const lease = reserve(held, analyst, now);
    if (lease === null) {
      const holder = isHeld(held, now) ? this.store.profile(held.analyst).name : 'Another analyst';
      throw new ReviewError('INVALID_STATE', `${holder} works on this item; your draft is kept.`);
    }
    this.store.putLease(item.seq, lease);
    if (this.store.draft(item.seq, analyst) === null) {
      this.store.putDraft(item.seq, analyst, { draft: null, firstChoice: null, openedAt: this.now().toISOString() });
    }
    return lease;
  }

  /** Writes a label and what follows from it. */
  private write(row: QueueRow, analyst: AnalystId, purpose: LabelRow['purpose'], label: LabelInput): number {
    const at = this.now().toISOString();
    const draft = this.store.draft(row.seq, analyst);
    const hidden = isHidden(viewFacts(row));
    const seconds = draft === null || purpose === 'bulk' ? null : (this.now().getTime() - Date.parse(draft.openedAt)) / 1_000;
    const seq = this.store.addLabel({
      item: row,
      analyst,
      purpose,
      label,
      // A label sent without a draft on a blind item is a first choice itself.
      firstChoice: draft?.firstChoice ?? (hidden ? label.action : null),
      sawSuggestion: !hidden,
      guideline: GUIDELINES.version,
      seconds: seconds === null || seconds > LONGEST_SECONDS ? null : seconds,
      at,
    });
    this.store.dropLease(row.seq, analyst);
    this.store.dropDraft(row.seq, analyst);
    this.store.dropSkip(row.seq, analyst);
    if (purpose !== 'gold_check') this.store.settle(row.seq, at);
    return seq;
  }

  private revert({ operation }: OperationRow, item: ItemRow, analyst: AnalystId): void {
    const at = this.now().toISOString();
    switch (operation.kind) {
      case 'label':
      case 'gold_check':
      case 'adjudication':
        this.takeBack(operation.label, item, analyst);
        return;
      case 'bulk':
        for (const label of operation.labels) this.store.retract(label, at);
        for (const seq of operation.items) this.store.settle(seq, at);
        return;
      case 'skip':
        this.store.dropSkip(item.seq, analyst);
        return;
      case 'discard':
        this.store.settle(item.seq, at, { discarded: false });
        return;
      case 'flag':
        this.store.setRequired(item.seq, operation.required, operation.flagged);
        this.store.settle(item.seq, at);
        return;
    }
  }

  /** The label becomes a draft again. */
  private takeBack(label: number, item: ItemRow, analyst: AnalystId): void {
    const at = this.now().toISOString();
    const row = this.store.labelBySeq(label);
    this.store.retract(label, at);
    this.store.putDraft(item.seq, analyst, {
      draft: JSON.parse(row.label) as LabelInput,
      firstChoice: row.first_choice,
      openedAt: at,
    });
    this.store.settle(item.seq, at);
  }

  private did(
    item: ItemRow,
    analyst: AnalystId,
    type: string,
    detail: { readonly [key: string]: string },
    operation: Parameters<ReviewStore['addOperation']>[3],
  ): void {
    const at = this.now().toISOString();
    this.store.profile(analyst);
    this.store.record({ at, analyst, item: item.id, type, detail });
    this.store.addOperation(analyst, at, item.seq, operation);
  }

  private leaseView({ expiresAt }: Lease): ReviewLease {
    return { expiresAt, now: this.now().getTime() };
  }
}
