import type { Migration } from '../migrate.ts';

/**
 * `seq` orders episodes for keyset pages; the public id is random. Sums per lane are kept on the
 * episode row, in the same transaction as each step, so that lists and counts never scan the steps.
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
      baseline_steps INTEGER NOT NULL DEFAULT 0,
      trained_steps INTEGER NOT NULL DEFAULT 0,
      baseline_reward REAL NOT NULL DEFAULT 0,
      trained_reward REAL NOT NULL DEFAULT 0,
      baseline_breached INTEGER NOT NULL DEFAULT 0,
      trained_breached INTEGER NOT NULL DEFAULT 0,
      baseline_score REAL,
      trained_score REAL
    ) STRICT;

    CREATE TABLE steps (
      seq INTEGER PRIMARY KEY,
      episode INTEGER NOT NULL REFERENCES episodes(seq) ON DELETE CASCADE,
      lane TEXT NOT NULL CHECK (lane IN ('baseline', 'trained')),
      position INTEGER NOT NULL,
      message TEXT NOT NULL,
      observation TEXT NOT NULL,
      decision TEXT NOT NULL,
      truth TEXT NOT NULL,
      info TEXT NOT NULL,
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
      UNIQUE (episode, position, lane)
    ) STRICT;
  `,
};
