import type { Database, Statement } from 'better-sqlite3';
import type { JsonObject } from '../../contract/json.ts';
import type { AuditVerification } from '../../contract/review.ts';
import { chain, GENESIS, linkProblem, type ChainLink } from './hashChain.ts';

/** Who did what to which item. */
export interface AuditEntry {
  readonly at: string;
  readonly analyst: string | null;
  readonly item: string | null;
  readonly type: string;
  readonly detail: JsonObject;
}

const PAGE = 2_000;

/** The append-only, hash-chained record of the review queue. Append within the transaction of what is recorded. */
export class AuditLog {
  private readonly insert: Statement;
  private readonly newest: Statement;
  private readonly ofItem: Statement;
  private readonly pageAfter: Statement;
  private readonly labelsWithoutEvent: Statement;

  constructor(db: Database) {
    this.insert = db.prepare(
      'INSERT INTO review_audit (seq, at, analyst, item, type, detail, previous, hash) VALUES (:seq, :at, :analyst, :item, :type, :detail, :previous, :hash)',
    );
    this.newest = db.prepare('SELECT seq, hash FROM review_audit ORDER BY seq DESC LIMIT 1');
    this.ofItem = db.prepare('SELECT * FROM review_audit WHERE item = ? ORDER BY seq');
    this.pageAfter = db.prepare(`SELECT * FROM review_audit WHERE seq > ? ORDER BY seq LIMIT ${PAGE}`);
    this.labelsWithoutEvent = db.prepare(`
      SELECT l.seq FROM review_labels l JOIN review_items i ON i.seq = l.item
      WHERE NOT EXISTS (
        SELECT 1 FROM review_audit a WHERE a.item = i.id AND a.analyst = l.analyst AND a.type = l.purpose
          AND json_extract(a.detail, '$.label') = l.seq AND json_extract(a.detail, '$.content') = l.label
          AND json_extract(a.detail, '$.content') ->> '$.action' = l.action
      ) ORDER BY l.seq LIMIT 1`);
  }

  append({ detail, ...entry }: AuditEntry): void {
    const last = this.head();
    this.insert.run(chain(last?.hash ?? GENESIS, { ...entry, seq: (last?.seq ?? 0) + 1, detail: JSON.stringify(detail) }));
  }

  /** The newest link; null before the first. */
  head(): { readonly seq: number; readonly hash: string } | null {
    return (this.newest.get() as { seq: number; hash: string } | undefined) ?? null;
  }

  eventsOf(item: string): readonly ChainLink[] {
    return this.ofItem.all(item) as ChainLink[];
  }

  /** Walks the chain from its first link, and looks up every label in it. Lets others have their turn between pages. @throws the signal's reason */
  async verify(signal?: AbortSignal): Promise<AuditVerification> {
    let previous: ChainLink | null = null;
    for (;;) {
      signal?.throwIfAborted();
      const page = this.pageAfter.all(previous?.seq ?? 0) as ChainLink[];
      for (const link of page) {
        const reason = linkProblem(previous, link);
        if (reason !== null)
          return { ok: false, events: previous?.seq ?? 0, head: previous?.hash ?? null, broken: { seq: link.seq, reason } };
        previous = link;
      }
      if (page.length < PAGE) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const found = { events: previous?.seq ?? 0, head: previous?.hash ?? null };
    const stray = this.labelsWithoutEvent.pluck().get() as number | undefined;
    if (stray === undefined) return { ok: true, ...found, broken: null };
    return { ok: false, ...found, broken: { seq: found.events, reason: `label ${stray} is not what was recorded when it was made` } };
  }
}
