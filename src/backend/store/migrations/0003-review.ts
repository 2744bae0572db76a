import type { Migration } from '../migrate.ts';

/**
 * The review queue. `review_items` is narrow, and all that filters ask for lies in one index in the order of
 * uncertainty; what is shown of an item lies in `review_evidence`. Labels and audit events are only ever inserted: a
 * label that is taken back gets a row in `review_retractions`. Times of leases are milliseconds since 1970, all others
 * ISO 8601 in UTC.
 */
export const review: Migration = {
  version: 3,
  name: 'review',
  sql: `
    CREATE TABLE review_profiles (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE review_items (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      origin TEXT NOT NULL UNIQUE,
      source TEXT NOT NULL CHECK (source IN ('live', 'replay', 'gateway')),
      episode_id TEXT,
      position INTEGER,
      created_at TEXT NOT NULL,
      kind TEXT NOT NULL,
      server TEXT NOT NULL,
      tool TEXT,
      vector TEXT,
      near_threshold INTEGER NOT NULL DEFAULT 0,
      critic_disagrees INTEGER NOT NULL DEFAULT 0,
      models_disagree INTEGER NOT NULL DEFAULT 0,
      analyst_flag INTEGER NOT NULL DEFAULT 0,
      baseline_action TEXT,
      trained_action TEXT,
      baseline_model TEXT,
      trained_model TEXT,
      margin REAL NOT NULL,
      severity INTEGER NOT NULL,
      family TEXT NOT NULL,
      evidence_hash TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      required INTEGER NOT NULL CHECK (required IN (1, 2)),
      gold INTEGER NOT NULL DEFAULT 0,
      status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'needs_second', 'submitted', 'conflict', 'adjudicated', 'discarded')),
      final_action TEXT,
      decided_at TEXT
    ) STRICT;
    CREATE INDEX review_items_filters ON review_items (
      margin, status, source, near_threshold, critic_disagrees, models_disagree, analyst_flag, vector,
      baseline_action, trained_action, baseline_model, trained_model, required, gold
    );
    CREATE INDEX review_items_severity ON review_items (severity DESC, seq);
    CREATE INDEX review_items_status ON review_items (status, margin, seq);
    CREATE INDEX review_items_vector ON review_items (vector, margin, seq);
    CREATE INDEX review_items_evidence ON review_items (evidence_hash);
    CREATE INDEX review_items_fingerprint ON review_items (fingerprint);
    CREATE INDEX review_items_episode ON review_items (episode_id, position);

    CREATE TABLE review_evidence (
      item INTEGER PRIMARY KEY REFERENCES review_items(seq),
      evidence TEXT NOT NULL
    ) STRICT;

    CREATE VIRTUAL TABLE review_search USING fts5(text, content='', tokenize='trigram');

    CREATE TABLE review_labels (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      item INTEGER NOT NULL REFERENCES review_items(seq),
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      purpose TEXT NOT NULL CHECK (purpose IN ('label', 'bulk', 'adjudication', 'gold_check')),
      attempt INTEGER NOT NULL,
      action TEXT NOT NULL,
      label TEXT NOT NULL,
      first_choice TEXT,
      saw_suggestion INTEGER NOT NULL,
      guideline TEXT NOT NULL,
      seconds REAL,
      created_at TEXT NOT NULL,
      UNIQUE (item, analyst, attempt)
    ) STRICT;
    CREATE INDEX review_labels_analyst ON review_labels (analyst, seq);

    CREATE TABLE review_retractions (
      label INTEGER PRIMARY KEY REFERENCES review_labels(seq),
      at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE review_leases (
      item INTEGER PRIMARY KEY REFERENCES review_items(seq),
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      heartbeat_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE review_drafts (
      item INTEGER NOT NULL REFERENCES review_items(seq),
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      draft TEXT,
      first_choice TEXT,
      opened_at TEXT NOT NULL,
      PRIMARY KEY (item, analyst)
    ) STRICT;

    CREATE TABLE review_skips (
      item INTEGER NOT NULL REFERENCES review_items(seq),
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      reason TEXT NOT NULL,
      PRIMARY KEY (item, analyst)
    ) STRICT;

    CREATE TABLE review_operations (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      at TEXT NOT NULL,
      item INTEGER NOT NULL REFERENCES review_items(seq),
      operation TEXT NOT NULL,
      undone INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX review_operations_analyst ON review_operations (analyst, seq);

    CREATE TABLE review_views (
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      name TEXT NOT NULL,
      view TEXT NOT NULL,
      PRIMARY KEY (analyst, name)
    ) STRICT;

    CREATE TABLE review_recalibrations (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at TEXT NOT NULL,
      analyst TEXT NOT NULL REFERENCES review_profiles(id),
      kind TEXT NOT NULL CHECK (kind IN ('threshold', 'temperature')),
      model TEXT,
      model_sha256 TEXT,
      before REAL NOT NULL,
      after REAL
    ) STRICT;

    CREATE TABLE review_audit (
      seq INTEGER PRIMARY KEY,
      at TEXT NOT NULL,
      analyst TEXT,
      item TEXT,
      type TEXT NOT NULL,
      detail TEXT NOT NULL,
      previous TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE INDEX review_audit_item ON review_audit (item, seq);

    CREATE TRIGGER review_audit_keeps_events BEFORE UPDATE ON review_audit
      BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
    CREATE TRIGGER review_audit_loses_nothing BEFORE DELETE ON review_audit
      BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
    CREATE TRIGGER review_labels_keep_content BEFORE UPDATE ON review_labels
      BEGIN SELECT RAISE(ABORT, 'labels are append-only'); END;
    CREATE TRIGGER review_labels_lose_nothing BEFORE DELETE ON review_labels
      BEGIN SELECT RAISE(ABORT, 'labels are append-only'); END;
  `,
};
