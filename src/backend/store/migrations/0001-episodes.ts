import type { Migration } from '../migrate.ts';

/**
 * `seq` orders episodes for keyset pages; the public id is random. A step's key is its episode's `seq`, position
 * and lane in one number: steps of an episode lie side by side, need no other index, and none can be stored twice.
 * Sums per lane are written when an episode ends, and are null until then: a step is one insert and nothing else.
 */
export const episodes: Migration = {
  version: 1,
  name: 'episodes',
  sql: `
    CREATE TABLE episodes (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      seed INTEGER NOT NULL,
      phase TEXT NOT NULL,
      split TEXT NOT NULL,
      curriculum TEXT NOT NULL,
      config TEXT NOT NULL,
      corpus_sha256 TEXT NOT NULL,
      baseline_model TEXT NOT NULL,
      baseline_sha256 TEXT NOT NULL,
      trained_model TEXT NOT NULL,
      trained_sha256 TEXT NOT NULL,
      started_at TEXT NOT NULL,
      finished_at TEXT,
      baseline_steps INTEGER,
      trained_steps INTEGER,
      baseline_reward REAL,
      trained_reward REAL,
      baseline_breached INTEGER,
      trained_breached INTEGER,
      baseline_score REAL,
      trained_score REAL
    ) STRICT;

    CREATE TABLE steps (
      key INTEGER PRIMARY KEY,
      episode INTEGER NOT NULL REFERENCES episodes(seq),
      lane TEXT NOT NULL CHECK (lane IN ('baseline', 'trained')),
      position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 32767),
      action TEXT NOT NULL,
      verdict TEXT NOT NULL,
      reward REAL NOT NULL,
      security REAL NOT NULL,
      usability REAL NOT NULL,
      latency REAL NOT NULL,
      format REAL NOT NULL,
      decision_ms REAL NOT NULL,
      counted_ms REAL,
      embedding_distance REAL,
      message TEXT NOT NULL,
      observation TEXT NOT NULL,
      decision TEXT NOT NULL,
      truth TEXT NOT NULL,
      info TEXT NOT NULL
    ) STRICT;
  `,
};
