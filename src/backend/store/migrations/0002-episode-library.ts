import type { Migration } from '../migrate.ts';

/**
 * The library: one narrow row an episode with all that is filtered and sorted by, so that a scan of 100,000 episodes
 * reads a few megabytes and never the wide tables. `EpisodeIndex` fills it, also for episodes from before.
 */
export const episodeLibrary: Migration = {
  version: 2,
  name: 'episode library',
  sql: `
    CREATE TABLE library (
      seq INTEGER PRIMARY KEY REFERENCES episodes(seq),
      phase TEXT NOT NULL,
      baseline_model TEXT NOT NULL,
      trained_model TEXT NOT NULL,
      finished INTEGER NOT NULL,
      messages INTEGER NOT NULL,
      baseline_reward REAL NOT NULL,
      trained_reward REAL NOT NULL,
      reward_gap REAL NOT NULL,
      baseline_breached INTEGER NOT NULL,
      trained_breached INTEGER NOT NULL,
      baseline_false_alarms INTEGER NOT NULL,
      trained_false_alarms INTEGER NOT NULL,
      disagreements INTEGER NOT NULL,
      attacks INTEGER NOT NULL,
      pinned INTEGER NOT NULL DEFAULT 0,
      imported INTEGER NOT NULL DEFAULT 0,
      deleted_at TEXT
    ) STRICT;
    CREATE INDEX library_newest ON library (pinned DESC, seq DESC) WHERE deleted_at IS NULL;
    CREATE INDEX library_deleted ON library (deleted_at) WHERE deleted_at IS NOT NULL;

    CREATE TABLE episode_vectors (
      seq INTEGER NOT NULL REFERENCES episodes(seq),
      vector TEXT NOT NULL,
      PRIMARY KEY (seq, vector)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX episode_vectors_by_vector ON episode_vectors (vector, seq);

    CREATE TABLE episode_tags (
      seq INTEGER NOT NULL REFERENCES episodes(seq),
      tag TEXT NOT NULL,
      PRIMARY KEY (seq, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX episode_tags_by_tag ON episode_tags (tag, seq);

    CREATE TABLE bookmarks (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      seq INTEGER NOT NULL REFERENCES episodes(seq),
      position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 32767),
      note TEXT NOT NULL,
      created_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX bookmarks_by_episode ON bookmarks (seq, position);

    CREATE INDEX episodes_open ON episodes (seq) WHERE finished_at IS NULL;
    CREATE VIRTUAL TABLE library_text USING fts5 (
      text, content = '', contentless_delete = 1, tokenize = 'unicode61', prefix = '1 2 3'
    );
  `,
};
