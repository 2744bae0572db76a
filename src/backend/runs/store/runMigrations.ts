import type { Migration } from '../../store/migrate.ts';

/**
 * The run library has a file of its own: its rows are megabytes of points, written by a worker, and must never hold up a step of
 * a comparison. A chunk holds steps, times and values, one column after another.
 */
const runs: Migration = {
  version: 1,
  name: 'runs',
  sql: `
    CREATE TABLE sources (
      id INTEGER PRIMARY KEY,
      identity TEXT NOT NULL UNIQUE,
      path TEXT NOT NULL,
      format TEXT NOT NULL,
      run_group TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      stamp TEXT NOT NULL,
      notes TEXT NOT NULL,
      shipped INTEGER NOT NULL,
      followed INTEGER NOT NULL,
      imported_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE runs (
      id TEXT PRIMARY KEY,
      source INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
      run_key TEXT NOT NULL,
      name TEXT NOT NULL,
      colour INTEGER NOT NULL,
      config TEXT NOT NULL,
      summary TEXT NOT NULL,
      notes TEXT NOT NULL,
      end_state TEXT,
      started_at TEXT,
      row_count INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_source ON runs(source);

    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
      metric TEXT NOT NULL,
      points INTEGER NOT NULL,
      least REAL,
      greatest REAL,
      last REAL,
      last_step REAL,
      first_time REAL,
      last_time REAL,
      UNIQUE (run, metric)
    ) STRICT;

    CREATE TABLE chunks (
      series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      points INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (series, seq)
    ) STRICT;
  `,
};

export const RUN_MIGRATIONS: readonly Migration[] = [runs];
