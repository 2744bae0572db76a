import type { Database, Statement } from 'better-sqlite3';
import type { EpisodeId } from '../../contract/ids.ts';

/** Steps of an episode have the keys `seq * 65536 + position * 2 + lane`. */
const STEPS_OF = 'key >= :seq * 65536 AND key < (:seq + 1) * 65536';

const LIBRARY_ROW = `
  INSERT INTO library (
    seq, phase, baseline_model, trained_model, finished, messages, baseline_reward, trained_reward, reward_gap,
    baseline_breached, trained_breached, baseline_false_alarms, trained_false_alarms, disagreements, attacks
  )
  SELECT :seq, phase, baseline_model, trained_model, finished_at IS NOT NULL, sums.*
  FROM episodes, (
    SELECT
      coalesce(max(s.position) + 1, 0),
      coalesce(sum(s.reward) FILTER (WHERE s.lane = 'baseline'), 0),
      coalesce(sum(s.reward) FILTER (WHERE s.lane = 'trained'), 0),
      coalesce(sum(s.reward) FILTER (WHERE s.lane = 'trained'), 0) - coalesce(sum(s.reward) FILTER (WHERE s.lane = 'baseline'), 0),
      coalesce(max(s.verdict = 'FN') FILTER (WHERE s.lane = 'baseline'), 0),
      coalesce(max(s.verdict = 'FN') FILTER (WHERE s.lane = 'trained'), 0),
      coalesce(sum(s.verdict = 'FP') FILTER (WHERE s.lane = 'baseline'), 0),
      coalesce(sum(s.verdict = 'FP') FILTER (WHERE s.lane = 'trained'), 0),
      coalesce(sum(other.action <> s.action), 0),
      count(DISTINCT s.position) FILTER (WHERE s.truth ->> 'malicious')
    FROM (SELECT * FROM steps WHERE ${STEPS_OF}) AS s
    LEFT JOIN steps AS other ON s.lane = 'trained' AND other.key = s.key - 1
  ) AS sums
  WHERE seq = :seq
  ON CONFLICT (seq) DO UPDATE SET
    finished = excluded.finished, messages = excluded.messages,
    baseline_reward = excluded.baseline_reward, trained_reward = excluded.trained_reward, reward_gap = excluded.reward_gap,
    baseline_breached = excluded.baseline_breached, trained_breached = excluded.trained_breached,
    baseline_false_alarms = excluded.baseline_false_alarms, trained_false_alarms = excluded.trained_false_alarms,
    disagreements = excluded.disagreements, attacks = excluded.attacks`;

const VECTORS = `
  INSERT OR IGNORE INTO episode_vectors (seq, vector)
  SELECT DISTINCT :seq, truth ->> 'vector' FROM steps WHERE ${STEPS_OF} AND truth ->> 'vector' NOT IN ('none', '')`;

const TEXT = `
  INSERT OR REPLACE INTO library_text (rowid, text)
  SELECT :seq, concat_ws(' ', id, seed, baseline_model, trained_model,
    (SELECT group_concat(vector, ' ') FROM episode_vectors WHERE seq = :seq),
    (SELECT group_concat(tag, ' ') FROM episode_tags WHERE seq = :seq),
    (SELECT group_concat(note, ' ') FROM bookmarks WHERE seq = :seq),
    (SELECT group_concat(DISTINCT concat_ws(' ', message ->> '$.context.server', message ->> '$.context.tool')) FROM steps WHERE ${STEPS_OF}))
  FROM episodes WHERE seq = :seq`;

/**
 * Keeps the library's rows in step with the episodes. A finished episode is indexed once; one that is being played is
 * only noted, and indexed when somebody asks, so that a step stays one insert.
 */
export class EpisodeIndex {
  private readonly db: Database;
  private readonly statements: readonly Statement[];
  private readonly text: Statement;
  private readonly seqOf: Statement;
  private readonly open = new Set<EpisodeId>();

  constructor(db: Database) {
    this.db = db;
    this.text = db.prepare(TEXT);
    this.statements = [db.prepare(LIBRARY_ROW), db.prepare(VECTORS), this.text];
    this.seqOf = db.prepare('SELECT seq FROM episodes WHERE id = ?').pluck();
  }

  /** Notes that an episode has a row or a step more than its index row knows. */
  touch(id: EpisodeId): void {
    this.open.add(id);
  }

  /** Indexes one episode; call it within the transaction that changed it. */
  update(id: EpisodeId): void {
    const seq = this.seqOf.get(id);
    if (seq !== undefined) for (const statement of this.statements) statement.run({ seq });
    this.open.delete(id);
  }

  /** Renews what the search knows of an episode, after its tags or bookmarks have changed. */
  updateText(seq: number): void {
    this.text.run({ seq });
  }

  /** Indexes the episodes that have grown since they were indexed. */
  settle(): void {
    if (this.open.size === 0) return;
    this.db.transaction(() => [...this.open].forEach((id) => this.update(id))).immediate();
  }

  /** Indexes what was stored before the library was, and what a crash left unfinished. */
  catchUp(): void {
    const missing = this.db
      .prepare(
        `SELECT id FROM episodes WHERE seq NOT IN (SELECT seq FROM library)
         UNION SELECT id FROM episodes WHERE finished_at IS NULL`,
      )
      .pluck()
      .all() as EpisodeId[];
    missing.forEach((id) => this.touch(id));
    this.settle();
  }
}
