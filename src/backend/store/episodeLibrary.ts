import type { Database, Statement } from 'better-sqlite3';
import type { Action } from '../../contract/actions.ts';
import type { Verdict } from '../../contract/episodes.ts';
import type { EpisodeId, ModelId } from '../../contract/ids.ts';
import type { Lane } from '../../contract/live.ts';
import type { Phase } from '../../contract/observation.ts';
import type { Bookmark, LibraryEpisode, LibraryFacets, LibraryPage, LibraryQuery } from '../../contract/replays.ts';
import type { EpisodeIndex } from './episodeIndex.ts';
import { countOf, filterSql, pageOf, type FilterSql, type SqlText } from './libraryQuery.ts';
import { StoreFullError, StoreReadOnlyError, toStoreError } from './storeError.ts';

/** Deleted episodes can be brought back for this long, milliseconds. */
export const KEPT_AFTER_DELETION_MS = 30 * 24 * 3_600_000;
const MOST_TAGS = 50;
const MOST_BOOKMARKS = 500;

/** What a step's columns tell without its message. */
export interface StepMark {
  readonly lane: Lane;
  readonly position: number;
  readonly action: Action;
  readonly verdict: Verdict;
  readonly reward: number;
  readonly decisionMs: number;
  readonly malicious: boolean;
  readonly vector: string;
  readonly ticks: number;
}

interface LibraryRow {
  readonly id: EpisodeId;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly seed: number;
  readonly split: string;
  readonly phase: Phase;
  readonly baseline_model: ModelId;
  readonly trained_model: ModelId;
  readonly messages: number;
  readonly baseline_reward: number;
  readonly trained_reward: number;
  readonly baseline_breached: number;
  readonly trained_breached: number;
  readonly baseline_false_alarms: number;
  readonly trained_false_alarms: number;
  readonly disagreements: number;
  readonly attacks: number;
  readonly pinned: number;
  readonly imported: number;
  readonly deleted_at: string | null;
  readonly vectors: string;
  readonly tags: string;
  readonly bookmarks: number;
}

const ROW = `
  SELECT library.*, id, started_at, finished_at, seed, split,
    (SELECT json_group_array(vector) FROM episode_vectors WHERE seq = library.seq) AS vectors,
    (SELECT json_group_array(tag) FROM episode_tags WHERE seq = library.seq) AS tags,
    (SELECT count(*) FROM bookmarks WHERE seq = library.seq) AS bookmarks
  FROM library JOIN episodes USING (seq) WHERE seq = ?`;

const MARKS = `
  SELECT lane, position, action, verdict, reward, decision_ms AS decisionMs,
    truth ->> 'malicious' AS malicious, truth ->> 'vector' AS vector, info ->> 'ticks' AS ticks
  FROM steps WHERE key >= :seq * 65536 AND key < (:seq + 1) * 65536 ORDER BY key`;

/** Distinct values of an indexed column by jumps, whatever the number of rows. */
const distinct = (table: string, column: string): string => `
  WITH RECURSIVE names(name) AS (
    SELECT min(${column}) FROM ${table}
    UNION ALL SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > name) FROM names WHERE name IS NOT NULL
  ) SELECT name FROM names WHERE name IS NOT NULL`;

/**
 * The stored episodes as people look for them: filters, order, pins, tags, bookmarks, deletion with a way back.
 * Calls are synchronous and short. Every method throws `StoreError`.
 */
export class EpisodeLibrary {
  private readonly db: Database;
  private readonly index: EpisodeIndex;
  private readonly now: () => Date;
  private readonly kept = new Map<string, Statement>();

  constructor(db: Database, index: EpisodeIndex, now: () => Date = () => new Date()) {
    this.db = db;
    this.index = index;
    this.now = now;
  }

  list(query: LibraryQuery): LibraryPage {
    return this.read(() => {
      const { sql, parameters } = pageOf(query);
      const rows = this.all<{ seq: number; value: number; matching: number | null }>({
        sql,
        parameters: query.after === null ? parameters : { ...parameters, afterSeq: this.seqOf(query.after.id) ?? 0 },
      });
      const more = rows.length > query.limit;
      const shown = more ? rows.slice(0, -1) : rows;
      const episodes = shown.flatMap(({ seq }) => this.row(seq) ?? []);
      const [last, lastRow] = [episodes.at(-1), shown.at(-1)];
      return {
        episodes,
        next: more && last !== undefined && lastRow !== undefined ? { pinned: last.pinned, value: lastRow.value, id: last.id } : null,
        matching: query.after === null ? (rows[0]?.matching ?? this.count(filterSql(query.filter))) : null,
      };
    });
  }

  facets(): LibraryFacets {
    return this.read(() => {
      const names = <T extends string>(sql: string): T[] => this.all<{ name: T }>({ sql, parameters: {} }).map(({ name }) => name);
      return {
        vectors: names(distinct('episode_vectors', 'vector')),
        models: names<ModelId>('SELECT baseline_model AS name FROM library UNION SELECT trained_model FROM library ORDER BY 1'),
        tags: names(distinct('episode_tags', 'tag')),
        episodes: this.count({ from: 'library', where: 'deleted_at IS NULL', parameters: {} }),
        deleted: this.count({ from: 'library', where: 'deleted_at IS NOT NULL', parameters: {} }),
      };
    });
  }

  /** Null when there is no episode with that id. */
  episode(id: EpisodeId): LibraryEpisode | null {
    return this.read(() => {
      const seq = this.seqOf(id);
      return seq === null ? null : this.row(seq);
    });
  }

  /** By position, baseline first. */
  marks(id: EpisodeId): readonly StepMark[] {
    return this.read(() =>
      this.all<Omit<StepMark, 'malicious'> & { malicious: number }>({ sql: MARKS, parameters: { seq: this.seqOf(id) } }).map((mark) => ({
        ...mark,
        malicious: mark.malicious === 1,
      })),
    );
  }

  pin(ids: readonly EpisodeId[], pinned: boolean): void {
    this.write(ids, (seq) => this.run('UPDATE library SET pinned = :pinned WHERE seq = :seq', { seq, pinned: pinned ? 1 : 0 }));
  }

  /** An episode takes 50 tags; more are left out. */
  addTag(ids: readonly EpisodeId[], tag: string): void {
    this.write(ids, (seq) => {
      this.run(
        `INSERT OR IGNORE INTO episode_tags (seq, tag) SELECT :seq, :tag WHERE (SELECT count(*) FROM episode_tags WHERE seq = :seq) < ${MOST_TAGS}`,
        { seq, tag },
      );
      this.index.updateText(seq);
    });
  }

  removeTag(ids: readonly EpisodeId[], tag: string): void {
    this.write(ids, (seq) => {
      this.run('DELETE FROM episode_tags WHERE seq = :seq AND tag = :tag', { seq, tag });
      this.index.updateText(seq);
    });
  }

  /** Takes episodes out of the library; `restore` brings them back until they are removed for good after 30 days. */
  delete(ids: readonly EpisodeId[]): void {
    const at = this.now().toISOString();
    this.write(ids, (seq) => this.run('UPDATE library SET deleted_at = coalesce(deleted_at, :at) WHERE seq = :seq', { seq, at }));
  }

  restore(ids: readonly EpisodeId[]): void {
    this.write(ids, (seq) => this.run('UPDATE library SET deleted_at = NULL WHERE seq = :seq', { seq }));
  }

  markImported(id: EpisodeId): void {
    this.write([id], (seq) => this.run('UPDATE library SET imported = 1 WHERE seq = :seq', { seq }));
  }

  bookmarks(id: EpisodeId): readonly Bookmark[] {
    const sql = 'SELECT id, position, note, created_at AS createdAt FROM bookmarks WHERE seq = :seq ORDER BY position, id';
    return this.read(() => this.all<Bookmark>({ sql, parameters: { seq: this.seqOf(id) } }));
  }

  /** An episode takes 500 bookmarks; more are left out. */
  addBookmark(id: EpisodeId, position: number, note: string): void {
    const at = this.now().toISOString();
    this.write([id], (seq) => {
      this.run(
        `INSERT INTO bookmarks (seq, position, note, created_at)
         SELECT :seq, :position, :note, :at WHERE (SELECT count(*) FROM bookmarks WHERE seq = :seq) < ${MOST_BOOKMARKS}`,
        { seq, position, note, at },
      );
      this.index.updateText(seq);
    });
  }

  editBookmark(id: EpisodeId, bookmark: number, note: string): void {
    this.write([id], (seq) => {
      this.run('UPDATE bookmarks SET note = :note WHERE seq = :seq AND id = :bookmark', { seq, bookmark, note });
      this.index.updateText(seq);
    });
  }

  removeBookmark(id: EpisodeId, bookmark: number): void {
    this.write([id], (seq) => {
      this.run('DELETE FROM bookmarks WHERE seq = :seq AND id = :bookmark', { seq, bookmark });
      this.index.updateText(seq);
    });
  }

  /**
   * Indexes the episode being played as far as it has come, so that other connections find it. What cannot be written
   * can still be read: the episode then shows as it was.
   */
  settle(): void {
    try {
      this.index.settle();
    } catch (error) {
      const problem = toStoreError(error);
      if (!(problem instanceof StoreFullError || problem instanceof StoreReadOnlyError)) throw problem;
    }
  }

  private row(seq: number): LibraryEpisode | null {
    const row = this.statement(ROW).get(seq) as LibraryRow | undefined;
    return row === undefined ? null : libraryEpisode(row);
  }

  private seqOf(id: EpisodeId): number | null {
    return (this.statement('SELECT seq FROM episodes WHERE id = ?').pluck().get(id) as number | undefined) ?? null;
  }

  private count(filter: Omit<FilterSql, 'restricts'>): number {
    return this.all<{ matching: number }>(countOf(filter))[0]?.matching ?? 0;
  }

  private all<T>({ sql, parameters }: SqlText): T[] {
    return this.statement(sql).all(parameters) as T[];
  }

  private run(sql: string, parameters: SqlText['parameters']): void {
    this.statement(sql).run(parameters);
  }

  private statement(sql: string): Statement {
    const known = this.kept.get(sql) ?? this.db.prepare(sql);
    this.kept.set(sql, known);
    return known;
  }

  private read<T>(work: () => T): T {
    try {
      this.settle();
      return work();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** One transaction over all episodes that exist. */
  private write(ids: readonly EpisodeId[], change: (seq: number) => void): void {
    this.read(() =>
      this.db
        .transaction(() => {
          for (const id of ids) {
            const seq = this.seqOf(id);
            if (seq !== null) change(seq);
          }
        })
        .immediate(),
    );
  }
}

/** Removes the episodes whose time to be brought back is over. Before anything else uses the database. */
export function purgeDeleted(db: Database, now: Date): void {
  const before = new Date(now.getTime() - KEPT_AFTER_DELETION_MS).toISOString();
  const expired = db.prepare('SELECT seq FROM library WHERE deleted_at < ?').pluck().all(before) as number[];
  if (expired.length === 0) return;
  const statements = [
    'DELETE FROM steps WHERE key >= :seq * 65536 AND key < (:seq + 1) * 65536',
    ...['episode_vectors', 'episode_tags', 'bookmarks', 'library', 'episodes'].map((table) => `DELETE FROM ${table} WHERE seq = :seq`),
    'DELETE FROM library_text WHERE rowid = :seq',
  ].map((sql) => db.prepare(sql));
  // The check of a deleted parent would scan all steps; they go in the same transaction.
  db.pragma('foreign_keys = OFF');
  try {
    db.transaction(() => {
      for (const seq of expired) for (const statement of statements) statement.run({ seq });
    }).immediate();
  } finally {
    db.pragma('foreign_keys = ON');
  }
}

function libraryEpisode(row: LibraryRow): LibraryEpisode {
  return {
    id: row.id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    seed: row.seed,
    phase: row.phase,
    split: row.split,
    models: { baseline: row.baseline_model, trained: row.trained_model },
    messages: row.messages,
    reward: { baseline: row.baseline_reward, trained: row.trained_reward },
    breached: { baseline: row.baseline_breached === 1, trained: row.trained_breached === 1 },
    falseAlarms: { baseline: row.baseline_false_alarms, trained: row.trained_false_alarms },
    disagreements: row.disagreements,
    attacks: row.attacks,
    vectors: (JSON.parse(row.vectors) as string[]).toSorted(),
    pinned: row.pinned === 1,
    tags: (JSON.parse(row.tags) as string[]).toSorted(),
    bookmarks: row.bookmarks,
    imported: row.imported === 1,
    deletedAt: row.deleted_at,
  };
}
