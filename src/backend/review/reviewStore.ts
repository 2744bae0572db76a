import type { Database, Statement } from 'better-sqlite3';
import type { Action } from '../../contract/actions.ts';
import type { EpisodeId, ModelId } from '../../contract/ids.ts';
import type { MessageKind } from '../../contract/messages.ts';
import {
  DISPUTE_CAUSES,
  REVIEW_STATUSES,
  type AnalystId,
  type AnalystProfile,
  type DisputeCause,
  type ExportFilter,
  type LabelDraft,
  type LabelInput,
  type ReviewFilter,
  type ReviewItemId,
  type ReviewSort,
  type ReviewSource,
  type ReviewStatus,
  type SavedView,
  type StoredLabel,
} from '../../contract/review.ts';
import { VERSION } from '../version.ts';
import { AuditLog, type AuditEntry } from './auditLog.ts';
import type { Evidence } from './evidence.ts';
import { LEASE, type Lease } from './leases.ts';
import { AVAILABLE, filterCondition, IN_FORCE, MY_LABEL, SORT_ORDERS, type SqlCondition } from './queueFilter.ts';
import { ReviewError } from './reviewError.ts';
import { outcomeOf } from './states.ts';

/** The narrow part of an item, as stored. */
export interface ItemRow {
  readonly seq: number;
  readonly id: ReviewItemId;
  readonly origin: string;
  readonly source: ReviewSource;
  readonly episode_id: EpisodeId | null;
  readonly position: number | null;
  readonly created_at: string;
  readonly kind: MessageKind;
  readonly server: string;
  readonly tool: string | null;
  readonly vector: string | null;
  readonly near_threshold: number;
  readonly critic_disagrees: number;
  readonly models_disagree: number;
  readonly analyst_flag: number;
  readonly baseline_action: Action | null;
  readonly trained_action: Action | null;
  readonly baseline_model: ModelId | null;
  readonly trained_model: ModelId | null;
  readonly margin: number;
  readonly severity: number;
  readonly family: string;
  readonly evidence_hash: string;
  readonly fingerprint: string;
  readonly required: 1 | 2;
  readonly gold: number;
  readonly status: ReviewStatus;
  readonly final_action: Action | null;
  readonly decided_at: string | null;
}

/** An item with what one analyst has to do with it. */
export interface QueueRow extends ItemRow {
  readonly labels: number;
  readonly my_action: Action | null;
  readonly first_choice: Action | null;
  readonly drafted: number;
  readonly holder: AnalystId | null;
  readonly holder_name: string | null;
  readonly heartbeat_at: number | null;
  readonly expires_at: number | null;
}

export type NewItem = Omit<ItemRow, 'seq' | 'gold' | 'status' | 'final_action' | 'decided_at'> & {
  readonly evidence: Evidence;
  /** What the queue's search finds the item by. */
  readonly text: string;
};

export interface LabelRow {
  readonly seq: number;
  readonly item: number;
  readonly analyst: AnalystId;
  readonly name: string;
  readonly purpose: StoredLabel['purpose'];
  readonly action: Action;
  readonly label: string;
  readonly first_choice: Action | null;
  readonly saw_suggestion: number;
  readonly guideline: string;
  readonly seconds: number | null;
  readonly created_at: string;
}

export interface NewLabel {
  readonly item: ItemRow;
  readonly analyst: AnalystId;
  readonly purpose: StoredLabel['purpose'];
  readonly label: LabelInput;
  readonly firstChoice: Action | null;
  readonly sawSuggestion: boolean;
  readonly guideline: string;
  readonly seconds: number | null;
  readonly at: string;
}

export interface DraftRow {
  readonly draft: LabelDraft | null;
  readonly firstChoice: Action | null;
  readonly openedAt: string;
}

/** What an analyst did last, with all that is needed to take it back. */
export type Operation =
  | { readonly kind: 'label' | 'adjudication' | 'gold_check'; readonly label: number }
  | { readonly kind: 'bulk'; readonly labels: readonly number[]; readonly items: readonly number[] }
  | { readonly kind: 'skip' | 'discard' }
  | { readonly kind: 'flag'; readonly required: 1 | 2; readonly flagged: number };

export interface OperationRow {
  readonly seq: number;
  readonly item: number;
  readonly operation: Operation;
}

/** Operations an analyst can take back. */
export const UNDO_DEPTH = 50;

const ROW = `
  SELECT i.*, d.first_choice, d.draft IS NOT NULL AS drafted, l.analyst AS holder, p.name AS holder_name, l.heartbeat_at, l.expires_at,
    (SELECT count(*) FROM review_labels x WHERE x.item = i.seq AND x.purpose IN ('label', 'bulk') AND ${IN_FORCE}) AS labels,
    (SELECT x.action FROM review_labels x WHERE x.item = i.seq AND x.analyst = :analyst AND x.purpose <> 'adjudication' AND ${IN_FORCE}) AS my_action
  FROM review_items i
  LEFT JOIN review_drafts d ON d.item = i.seq AND d.analyst = :analyst
  LEFT JOIN review_leases l ON l.item = i.seq
  LEFT JOIN review_profiles p ON p.id = l.analyst`;

/** All SQL of the review queue. Synchronous; each write belongs into `transaction`. */
export class ReviewStore {
  readonly audit: AuditLog;
  private readonly db: Database;
  private readonly statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.db = db;
    this.audit = new AuditLog(db);
  }

  /** Runs `work` with the write lock; all of it is stored or nothing. */
  transaction<T>(work: () => T): T {
    return this.db.transaction(work).immediate();
  }

  record(entry: AuditEntry): void {
    this.audit.append(entry);
  }

  profiles(): readonly AnalystProfile[] {
    return this.prepare('SELECT id, name FROM review_profiles ORDER BY name').all() as AnalystProfile[];
  }

  profile(id: AnalystId): AnalystProfile {
    const found = this.prepare('SELECT id, name FROM review_profiles WHERE id = ?').get(id) as AnalystProfile | undefined;
    if (found === undefined) throw new ReviewError('NOT_FOUND', 'There is no analyst with this profile; choose or create one.');
    return found;
  }

  /** False when the name is taken. */
  addProfile({ id, name }: AnalystProfile, at: string): boolean {
    return this.prepare('INSERT OR IGNORE INTO review_profiles (id, name, created_at) VALUES (?, ?, ?)').run(id, name, at).changes === 1;
  }

  /** The new item's row; null when one of the same origin is there. */
  addItem({ evidence, text, ...item }: NewItem): ItemRow | null {
    const columns = Object.keys(item);
    const { changes, lastInsertRowid } = this.prepare(
      `INSERT OR IGNORE INTO review_items (${columns.join(', ')}) VALUES (${columns.map((column) => `:${column}`).join(', ')})`,
    ).run(item);
    if (changes === 0) return null;
    this.prepare('INSERT INTO review_evidence (item, evidence) VALUES (?, ?)').run(lastInsertRowid, JSON.stringify(evidence));
    this.prepare('INSERT INTO review_search (rowid, text) VALUES (?, ?)').run(lastInsertRowid, text);
    return this.itemOfSeq(Number(lastInsertRowid));
  }

  item(id: ReviewItemId): ItemRow {
    const found = this.prepare('SELECT * FROM review_items WHERE id = ?').get(id) as ItemRow | undefined;
    if (found === undefined) throw new ReviewError('NOT_FOUND', 'There is no review item with this id.');
    return found;
  }

  itemOfSeq(seq: number): ItemRow {
    return this.prepare('SELECT * FROM review_items WHERE seq = ?').get(seq) as ItemRow;
  }

  itemOfOrigin(origin: string): ItemRow | null {
    return (this.prepare('SELECT * FROM review_items WHERE origin = ?').get(origin) as ItemRow | undefined) ?? null;
  }

  itemsOfEpisode(episode: EpisodeId, analyst: AnalystId | null): readonly QueueRow[] {
    return this.prepare(`${ROW} WHERE i.episode_id = :episode ORDER BY i.position, i.seq`).all({
      episode,
      analyst: analyst ?? '',
    }) as QueueRow[];
  }

  queueRow(seq: number, analyst: AnalystId): QueueRow {
    return this.prepare(`${ROW} WHERE i.seq = :seq`).get({ seq, analyst }) as QueueRow;
  }

  evidence(seq: number): Evidence {
    const text = this.prepare('SELECT evidence FROM review_evidence WHERE item = ?').pluck().get(seq) as string;
    return JSON.parse(text) as Evidence;
  }

  page(
    filter: ReviewFilter,
    sort: ReviewSort,
    options: { readonly analyst: AnalystId; readonly now: number; readonly after: string | undefined; readonly limit: number },
  ): { readonly rows: readonly QueueRow[]; readonly total: number; readonly next: string | null } {
    const { analyst, now, after, limit } = options;
    const where = filterCondition(filter, analyst, now);
    const order = SORT_ORDERS[sort];
    const total = this.prepare(`SELECT count(*) FROM review_items i WHERE ${where.sql}`).pluck().get(where.parameters) as number;
    const cursor = after === undefined ? null : parseCursor(after);
    const rows = this.prepare(
      `${ROW} WHERE ${where.sql}${cursor === null ? '' : ` AND ${order.after}`} ORDER BY ${order.orderBy} LIMIT :limit`,
    ).all({ ...where.parameters, ...cursor, limit: limit + 1 }) as QueueRow[];
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { rows: page, total, next: rows.length > limit && last !== undefined ? `${last[order.key]}|${last.seq}` : null };
  }

  /** The first item in the order of `sort` that the analyst may decide. */
  firstAvailable(filter: ReviewFilter, sort: ReviewSort, analyst: AnalystId, now: number): ItemRow | null {
    const where = filterCondition(filter, analyst, now);
    const open = `(i.status IN ('pending', 'needs_second') AND NOT ${MY_LABEL})`;
    const conflicts = filter.states?.includes('conflict') === true ? `(${open} OR i.status = 'conflict')` : open;
    return this.first(`${where.sql} AND ${conflicts} AND ${AVAILABLE}`, SORT_ORDERS[sort].orderBy, where, now);
  }

  /** A decided item kept as a test that this analyst has not answered. */
  firstGold(analyst: AnalystId, now: number): ItemRow | null {
    const where = filterCondition({}, analyst, now);
    return this.first(`i.gold = 1 AND NOT ${MY_LABEL} AND ${AVAILABLE}`, 'i.seq', where, now);
  }

  labels(item: number): readonly LabelRow[] {
    return this.prepare(
      `SELECT x.*, p.name FROM review_labels x JOIN review_profiles p ON p.id = x.analyst WHERE x.item = ? AND ${IN_FORCE} ORDER BY x.seq`,
    ).all(item) as LabelRow[];
  }

  /** Labels in force that were made independently, of items with two or more. */
  independentLabels(): readonly Pick<LabelRow, 'item' | 'name' | 'action' | 'first_choice'>[] {
    return this.prepare(
      `SELECT x.item, p.name, x.action, x.first_choice FROM review_labels x JOIN review_profiles p ON p.id = x.analyst
       WHERE x.purpose = 'label' AND ${IN_FORCE} AND x.item IN (
         SELECT x.item FROM review_labels x WHERE x.purpose = 'label' AND ${IN_FORCE} GROUP BY x.item HAVING count(*) > 1)
       ORDER BY x.item, x.seq`,
    ).all() as LabelRow[];
  }

  goldAnswers(analyst: AnalystId): { readonly items: number; readonly right: number } {
    return this.prepare(
      `SELECT count(*) AS items, coalesce(sum(coalesce(x.first_choice, x.action) = i.final_action), 0) AS right
       FROM review_labels x JOIN review_items i ON i.seq = x.item WHERE x.purpose = 'gold_check' AND x.analyst = ? AND ${IN_FORCE}`,
    ).get(analyst) as { items: number; right: number };
  }

  addLabel({ item, analyst, purpose, label, firstChoice, sawSuggestion, guideline, seconds, at }: NewLabel): number {
    const content = JSON.stringify(label);
    const { lastInsertRowid } = this.prepare(
      `INSERT INTO review_labels (item, analyst, purpose, attempt, action, label, first_choice, saw_suggestion, guideline, seconds, created_at)
       VALUES (:item, :analyst, :purpose, (SELECT count(*) FROM review_labels WHERE item = :item AND analyst = :analyst), :action, :content,
         :firstChoice, :sawSuggestion, :guideline, :seconds, :at)`,
    ).run({
      item: item.seq,
      analyst,
      purpose,
      action: label.action,
      content,
      firstChoice,
      sawSuggestion: sawSuggestion ? 1 : 0,
      guideline,
      seconds,
      at,
    });
    const seq = Number(lastInsertRowid);
    this.record({
      at,
      analyst,
      item: item.id,
      type: purpose,
      detail: { label: seq, content, before: item.status, firstChoice, sawSuggestion, guideline, app: VERSION },
    });
    return seq;
  }

  retract(label: number, at: string): void {
    this.prepare('INSERT INTO review_retractions (label, at) VALUES (?, ?)').run(label, at);
  }

  labelBySeq(seq: number): LabelRow {
    return this.prepare('SELECT x.*, p.name FROM review_labels x JOIN review_profiles p ON p.id = x.analyst WHERE x.seq = ?').get(
      seq,
    ) as LabelRow;
  }

  /** Brings the item's status in line with what is in force. */
  settle(item: number, at: string, change: { readonly discarded?: boolean } = {}): ItemRow {
    const { required, status, final_action: before } = this.itemOfSeq(item);
    const labels = this.labels(item);
    const outcome = outcomeOf({
      required,
      labels: labels.filter(({ purpose }) => purpose === 'label' || purpose === 'bulk').map(({ action }) => action),
      adjudicated: labels.findLast(({ purpose }) => purpose === 'adjudication')?.action ?? null,
      discarded: change.discarded ?? status === 'discarded',
    });
    if (outcome.status !== status || outcome.finalAction !== before) {
      this.prepare('UPDATE review_items SET status = ?, final_action = ?, decided_at = ? WHERE seq = ?').run(
        outcome.status,
        outcome.finalAction,
        outcome.finalAction === null ? null : at,
        item,
      );
    }
    return this.itemOfSeq(item);
  }

  setRequired(item: number, required: 1 | 2, flagged: number): void {
    this.prepare('UPDATE review_items SET required = ?, analyst_flag = ? WHERE seq = ?').run(required, flagged, item);
  }

  setGold(item: number, gold: boolean): void {
    this.prepare('UPDATE review_items SET gold = ? WHERE seq = ?').run(gold ? 1 : 0, item);
  }

  lease(item: number): Lease | null {
    const row = this.prepare('SELECT analyst, heartbeat_at AS heartbeatAt, expires_at AS expiresAt FROM review_leases WHERE item = ?').get(
      item,
    ) as Lease | undefined;
    return row ?? null;
  }

  putLease(item: number, lease: Lease): void {
    this.prepare('INSERT OR REPLACE INTO review_leases (item, analyst, heartbeat_at, expires_at) VALUES (?, ?, ?, ?)').run(
      item,
      lease.analyst,
      lease.heartbeatAt,
      lease.expiresAt,
    );
  }

  dropLease(item: number, analyst: AnalystId): void {
    this.prepare('DELETE FROM review_leases WHERE item = ? AND analyst = ?').run(item, analyst);
  }

  draft(item: number, analyst: AnalystId): DraftRow | null {
    const row = this.prepare('SELECT draft, first_choice, opened_at FROM review_drafts WHERE item = ? AND analyst = ?').get(
      item,
      analyst,
    ) as { draft: string | null; first_choice: Action | null; opened_at: string } | undefined;
    if (row === undefined) return null;
    return {
      draft: row.draft === null ? null : (JSON.parse(row.draft) as LabelDraft),
      firstChoice: row.first_choice,
      openedAt: row.opened_at,
    };
  }

  putDraft(item: number, analyst: AnalystId, { draft, firstChoice, openedAt }: DraftRow): void {
    this.prepare('INSERT OR REPLACE INTO review_drafts (item, analyst, draft, first_choice, opened_at) VALUES (?, ?, ?, ?, ?)').run(
      item,
      analyst,
      draft === null ? null : JSON.stringify(draft),
      firstChoice,
      openedAt,
    );
  }

  dropDraft(item: number, analyst: AnalystId): void {
    this.prepare('DELETE FROM review_drafts WHERE item = ? AND analyst = ?').run(item, analyst);
  }

  addSkip(item: number, analyst: AnalystId, reason: string): void {
    this.prepare('INSERT OR REPLACE INTO review_skips (item, analyst, reason) VALUES (?, ?, ?)').run(item, analyst, reason);
  }

  dropSkip(item: number, analyst: AnalystId): void {
    this.prepare('DELETE FROM review_skips WHERE item = ? AND analyst = ?').run(item, analyst);
  }

  addOperation(analyst: AnalystId, at: string, item: number, operation: Operation): void {
    this.prepare('INSERT INTO review_operations (analyst, at, item, operation) VALUES (?, ?, ?, ?)').run(
      analyst,
      at,
      item,
      JSON.stringify(operation),
    );
  }

  /** Operations of the analyst that can be taken back, newest first. */
  undoable(analyst: AnalystId): readonly OperationRow[] {
    const rows = this.prepare(
      `SELECT seq, item, operation, undone FROM review_operations WHERE analyst = ? ORDER BY seq DESC LIMIT ${UNDO_DEPTH}`,
    ).all(analyst) as { seq: number; item: number; operation: string; undone: number }[];
    return rows.flatMap(({ seq, item, operation, undone }) =>
      undone === 1 ? [] : [{ seq, item, operation: JSON.parse(operation) as Operation }],
    );
  }

  markUndone(operation: number): void {
    this.prepare('UPDATE review_operations SET undone = 1 WHERE seq = ?').run(operation);
  }

  /** Pending items with the same evidence that one label may decide. */
  identical(item: ItemRow, analyst: AnalystId, now: number): readonly QueueRow[] {
    return this.prepare(
      `${ROW} WHERE i.evidence_hash = :hash AND i.seq <> :seq AND i.status = 'pending' AND i.required = 1 AND i.gold = 0 AND ${AVAILABLE}
       ORDER BY i.seq LIMIT 500`,
    ).all({ hash: item.evidence_hash, seq: item.seq, analyst, now, silent: LEASE.silentMs }) as QueueRow[];
  }

  precedents(item: ItemRow): readonly ItemRow[] {
    return this.prepare(
      `SELECT * FROM review_items WHERE fingerprint = ? AND tool IS ? AND seq <> ? AND status IN ('submitted', 'adjudicated') AND gold = 0
       ORDER BY decided_at DESC LIMIT 8`,
    ).all(item.fingerprint, item.tool, item.seq) as ItemRow[];
  }

  counts(): { readonly byStatus: { [S in ReviewStatus]: number }; readonly byCause: { [C in DisputeCause]: number } } {
    const byStatus = Object.fromEntries(REVIEW_STATUSES.map((status) => [status, 0])) as { [S in ReviewStatus]: number };
    const rows = this.prepare('SELECT status, count(*) AS items FROM review_items GROUP BY status').all() as {
      status: ReviewStatus;
      items: number;
    }[];
    for (const { status, items } of rows) byStatus[status] = items;
    const byCause = this.prepare(
      `SELECT ${DISPUTE_CAUSES.map((cause) => `coalesce(sum(${cause}), 0) AS ${cause}`).join(', ')} FROM review_items WHERE status IN ('pending', 'needs_second')`,
    ).get() as { [C in DisputeCause]: number };
    return { byStatus, byCause };
  }

  families(): readonly string[] {
    return this.prepare('SELECT DISTINCT vector FROM review_items WHERE vector IS NOT NULL ORDER BY vector').pluck().all() as string[];
  }

  models(): readonly ModelId[] {
    return this.prepare(
      `SELECT baseline_model FROM review_items WHERE baseline_model IS NOT NULL
       UNION SELECT trained_model FROM review_items WHERE trained_model IS NOT NULL ORDER BY 1`,
    )
      .pluck()
      .all() as ModelId[];
  }

  /** Open items less those that the analyst has labelled or skipped. */
  remaining(analyst: AnalystId): number {
    const open = "status IN ('pending', 'needs_second')";
    return this.prepare(
      `SELECT (SELECT count(*) FROM review_items WHERE ${open}) - (
         SELECT count(*) FROM review_items WHERE ${open} AND seq IN (
           SELECT x.item FROM review_labels x WHERE x.analyst = :analyst AND ${IN_FORCE}
           UNION SELECT item FROM review_skips WHERE analyst = :analyst))`,
    )
      .pluck()
      .get({ analyst }) as number;
  }

  /** Items that somebody has to decide. */
  openItems(): number {
    return this.prepare("SELECT count(*) FROM review_items WHERE status IN ('pending', 'needs_second')").pluck().get() as number;
  }

  /** Items that ever came in: none is ever deleted. */
  itemCount(): number {
    return this.prepare('SELECT coalesce(max(seq), 0) FROM review_items').pluck().get() as number;
  }

  /** Labels of one analyst that are in force and not older than `since`. */
  labelsSince(analyst: AnalystId, since: string): number {
    return this.prepare(`SELECT count(*) FROM review_labels x WHERE x.analyst = ? AND x.created_at >= ? AND ${IN_FORCE}`)
      .pluck()
      .get(analyst, since) as number;
  }

  labelCount(analyst: AnalystId): number {
    return this.prepare('SELECT count(*) FROM review_labels WHERE analyst = ?').pluck().get(analyst) as number;
  }

  /** Seconds spent on the latest labels, at most 50. */
  recentSeconds(analyst: AnalystId): readonly number[] {
    return this.prepare('SELECT seconds FROM review_labels WHERE analyst = ? AND seconds IS NOT NULL ORDER BY seq DESC LIMIT 50')
      .pluck()
      .all(analyst) as number[];
  }

  views(analyst: AnalystId): readonly SavedView[] {
    const rows = this.prepare('SELECT name, view FROM review_views WHERE analyst = ? ORDER BY name').all(analyst) as {
      name: string;
      view: string;
    }[];
    return rows.map(({ name, view }) => ({ name, ...(JSON.parse(view) as Omit<SavedView, 'name'>) }));
  }

  putView(analyst: AnalystId, { name, ...view }: SavedView): void {
    this.prepare('INSERT OR REPLACE INTO review_views (analyst, name, view) VALUES (?, ?, ?)').run(analyst, name, JSON.stringify(view));
  }

  dropView(analyst: AnalystId, name: string): void {
    this.prepare('DELETE FROM review_views WHERE analyst = ? AND name = ?').run(analyst, name);
  }

  /** Items after `seq`, for work that takes turns with everything else. */
  itemsAfter(seq: number, limit: number): readonly ItemRow[] {
    return this.prepare('SELECT * FROM review_items WHERE seq > ? ORDER BY seq LIMIT ?').all(seq, limit) as ItemRow[];
  }

  /** `seq` of the items that an export's filter lets through. */
  exportable({ family, ...rest }: ExportFilter): ReadonlySet<number> {
    const where = filterCondition(rest, null, 0);
    return new Set(
      this.prepare(`SELECT i.seq FROM review_items i WHERE ${where.sql} AND (:family IS NULL OR i.vector = :family)`)
        .pluck()
        .all({ ...where.parameters, family: family ?? null }) as number[],
    );
  }

  recalibrations(): readonly RecalibrationRow[] {
    return this.prepare(
      'SELECT r.*, p.name FROM review_recalibrations r JOIN review_profiles p ON p.id = r.analyst ORDER BY r.seq',
    ).all() as RecalibrationRow[];
  }

  addRecalibration(row: Omit<RecalibrationRow, 'seq' | 'name'>): void {
    this.prepare(
      `INSERT INTO review_recalibrations (at, analyst, kind, model, model_sha256, before, after)
       VALUES (:at, :analyst, :kind, :model, :model_sha256, :before, :after)`,
    ).run(row);
  }

  private first(condition: string, orderBy: string, where: SqlCondition, now: number): ItemRow | null {
    const row = this.prepare(`SELECT i.* FROM review_items i WHERE ${condition} ORDER BY ${orderBy} LIMIT 1`).get({
      ...where.parameters,
      now,
      silent: LEASE.silentMs,
    }) as ItemRow | undefined;
    return row ?? null;
  }

  /** Statements are kept by their text; filters give a few dozen at most. */
  private prepare(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.db.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

export interface RecalibrationRow {
  readonly seq: number;
  readonly at: string;
  readonly analyst: AnalystId;
  readonly name: string;
  readonly kind: 'threshold' | 'temperature';
  /** Embedder of a threshold, model of a temperature. */
  readonly model: string;
  readonly model_sha256: string | null;
  readonly before: number;
  readonly after: number | null;
}

/** @throws ReviewError for a cursor that no page gave out */
function parseCursor(cursor: string): { readonly cursorKey: number; readonly cursorSeq: number } {
  const match = /^(-?[\d.e+-]+)\|(\d+)$/.exec(cursor);
  if (match === null) throw new ReviewError('INVALID_STATE', 'The page of the queue is no longer known; load the queue again.');
  return { cursorKey: Number(match[1]), cursorSeq: Number(match[2]) };
}
