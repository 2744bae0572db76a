import Database, { type Database as Connection } from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../../contract/json.ts';
import type { MetricSummary, RunFormat, RunId } from '../../../contract/runs.ts';
import { migrate } from '../../store/migrate.ts';
import { toStoreError } from '../../store/storeError.ts';
import type { EndState, PendingPoints, RunDraft } from '../formats/runDraft.ts';
import { RUN_MIGRATIONS } from './runMigrations.ts';

export const RUN_STORE_FILE = 'runs.sqlite';
const CHUNK_POINTS = 8_192;
const BUSY_TIMEOUT_MS = 5_000;

export interface StoredSource {
  readonly id: number;
  /** What the source is known by: its path, or a name for one that ships. */
  readonly identity: string;
  readonly path: string;
  readonly format: RunFormat;
  readonly group: string;
  readonly sha256: string;
  /** Tells whether an import would change anything. */
  readonly fingerprint: string;
  /** Sizes and times of its files when they were read; alike, they need not be read again. */
  readonly stamp: string;
  readonly notes: readonly string[];
  readonly shipped: boolean;
  readonly followed: boolean;
  readonly importedAt: string;
}

export interface StoredRun {
  readonly id: RunId;
  readonly source: number;
  readonly key: string;
  readonly name: string;
  readonly colour: number;
  readonly config: readonly (readonly [string, JsonValue])[];
  readonly summary: readonly (readonly [string, JsonValue])[];
  readonly notes: readonly string[];
  readonly end: EndState;
  readonly startedAt: string | null;
  readonly rows: number;
}

export interface StoredSeries extends MetricSummary {
  readonly id: number;
  readonly run: RunId;
  readonly lastStep: number | null;
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

/** A whole series, in the order in which it was logged. */
export interface SeriesPoints {
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

interface SourceRow extends Omit<StoredSource, 'notes' | 'shipped' | 'followed'> {
  readonly notes: string;
  readonly shipped: number;
  readonly followed: number;
}

interface RunRow extends Omit<StoredRun, 'config' | 'summary' | 'notes'> {
  readonly config: string;
  readonly summary: string;
  readonly notes: string;
}

interface SeriesHead {
  readonly id: number;
  readonly points: number;
  readonly chunks: number;
  readonly tail: number | null;
}

const SOURCE_COLUMNS = `id, identity, path, format, run_group AS "group", sha256, fingerprint, stamp, notes, shipped, followed, imported_at AS importedAt`;
const RUN_COLUMNS = `id, source, run_key AS key, name, colour, config, summary, notes, end_state AS end, started_at AS startedAt, row_count AS rows`;
const SERIES_COLUMNS = `id, run, metric AS name, points AS count, least AS min, greatest AS max, last, last_step AS lastStep, first_time AS firstTime, last_time AS lastTime`;

/** Stable over re-imports, so that colours and choices stay. */
export function runIdOf(identity: string, key: string): RunId {
  return `run-${createHash('sha256').update(`${identity}\0${key}`).digest('hex').slice(0, 16)}` as RunId;
}

/** Sources, runs and their series in SQLite. Not shared between threads. */
export class RunStore {
  /** Why runs are kept in memory only, or null. */
  readonly problem: string | null;
  private readonly db: Connection;

  private constructor(db: Connection, problem: string | null) {
    db.pragma('foreign_keys = ON');
    this.db = db;
    this.problem = problem;
  }

  /** Opens the library of a data folder, or one in memory when the folder cannot be used. */
  static open(dataDir: string): RunStore {
    let db: Connection | null = null;
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      const file = join(dataDir, RUN_STORE_FILE);
      db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      migrate(db, RUN_MIGRATIONS, (version) => `${file}.v${version}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.bak`);
      return new RunStore(db, null);
    } catch (error) {
      db?.close();
      const memory = new Database(':memory:');
      migrate(memory, RUN_MIGRATIONS, () => ':memory:');
      const reasons = {
        read_only: 'The data folder cannot be written',
        full: 'The disk is full',
        corrupt: 'The run library is damaged or is not one of OmniGuard',
        newer_schema: 'The run library is of a later version of OmniGuard',
        locked: 'Another OmniGuard is writing the run library',
        failed: 'The run library cannot be opened',
      } as const;
      return new RunStore(memory, `${reasons[toStoreError(error).code]}; imported runs are kept in memory only.`);
    }
  }

  begin(): void {
    this.db.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.db.exec('COMMIT');
  }

  rollback(): void {
    if (this.db.inTransaction) this.db.exec('ROLLBACK');
  }

  sources(): readonly StoredSource[] {
    const rows = this.db.prepare<[], SourceRow>(`SELECT ${SOURCE_COLUMNS} FROM sources ORDER BY id`).all();
    return rows.map(toSource);
  }

  source(identity: string): StoredSource | null {
    const row = this.db.prepare<[string], SourceRow>(`SELECT ${SOURCE_COLUMNS} FROM sources WHERE identity = ?`).get(identity);
    return row === undefined ? null : toSource(row);
  }

  /** Adds or updates a source by its identity. */
  saveSource(source: Omit<StoredSource, 'id'>): number {
    return this.db
      .prepare<unknown[], { id: number }>(
        `INSERT INTO sources (identity, path, format, run_group, sha256, fingerprint, stamp, notes, shipped, followed, imported_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (identity) DO UPDATE SET path = excluded.path, format = excluded.format, run_group = excluded.run_group,
           sha256 = excluded.sha256, fingerprint = excluded.fingerprint, stamp = excluded.stamp, notes = excluded.notes, shipped = excluded.shipped,
           followed = excluded.followed, imported_at = excluded.imported_at
         RETURNING id`,
      )
      .all(
        source.identity,
        source.path,
        source.format,
        source.group,
        source.sha256,
        source.fingerprint,
        source.stamp,
        JSON.stringify(source.notes),
        Number(source.shipped),
        Number(source.followed),
        source.importedAt,
      )
      .map(({ id }) => id)[0] as number;
  }

  setFollowed(source: number, followed: boolean): void {
    this.db.prepare('UPDATE sources SET followed = ? WHERE id = ?').run(Number(followed), source);
  }

  removeSource(source: number): void {
    this.db.prepare('DELETE FROM sources WHERE id = ?').run(source);
  }

  /** Empties the runs of a source; their rows stay, so that a run that comes again keeps its colour. */
  clearSeries(source: number): void {
    this.db.prepare('DELETE FROM series WHERE run IN (SELECT id FROM runs WHERE source = ?)').run(source);
  }

  runs(): readonly StoredRun[] {
    return this.db.prepare<[], RunRow>(`SELECT ${RUN_COLUMNS} FROM runs ORDER BY colour`).all().map(toRun);
  }

  run(id: RunId): StoredRun | null {
    const row = this.db.prepare<[string], RunRow>(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`).get(id);
    return row === undefined ? null : toRun(row);
  }

  /** Removes a run, and its source with the last of them. */
  removeRun(id: RunId): void {
    this.db.transaction(() => {
      this.db.prepare('DELETE FROM runs WHERE id = ?').run(id);
      this.db.prepare('DELETE FROM sources WHERE NOT EXISTS (SELECT 1 FROM runs WHERE source = sources.id)').run();
    })();
  }

  /** Removes the runs of a source that are not among `kept`. */
  keepRuns(source: number, kept: readonly RunId[]): void {
    this.db.prepare('DELETE FROM runs WHERE source = ? AND id NOT IN (SELECT value FROM json_each(?))').run(source, JSON.stringify(kept));
  }

  /** Writes what a draft says of its run, and appends its new points. */
  saveDraft(source: number, identity: string, draft: RunDraft): RunId {
    const id = runIdOf(identity, draft.key);
    this.db
      .prepare(
        `INSERT INTO runs (id, source, run_key, name, colour, config, summary, notes, end_state, started_at, row_count)
         VALUES (?, ?, ?, ?, (SELECT coalesce(max(colour) + 1, 0) FROM runs), ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET source = excluded.source, name = excluded.name, config = excluded.config,
           summary = excluded.summary, notes = excluded.notes, end_state = excluded.end_state,
           started_at = excluded.started_at, row_count = excluded.row_count`,
      )
      .run(
        id,
        source,
        draft.key,
        draft.name,
        JSON.stringify([...draft.config]),
        JSON.stringify([...draft.summary]),
        JSON.stringify(draft.notes()),
        draft.end,
        draft.startedAt,
        draft.rows,
      );
    for (const [metric, points] of draft.takePending()) this.append(id, metric, points);
    return id;
  }

  series(): readonly StoredSeries[] {
    return this.db.prepare<[], StoredSeries>(`SELECT ${SERIES_COLUMNS} FROM series ORDER BY run, metric`).all();
  }

  /** The first of `metrics` that the run has. */
  findSeries(run: RunId, metrics: readonly string[]): StoredSeries | null {
    const find = this.db.prepare<[string, string], StoredSeries>(`SELECT ${SERIES_COLUMNS} FROM series WHERE run = ? AND metric = ?`);
    for (const metric of metrics) {
      const found = find.get(run, metric);
      if (found !== undefined) return found;
    }
    return null;
  }

  points(series: number): SeriesPoints {
    const chunks = this.db
      .prepare<[number], { points: number; data: Buffer }>('SELECT points, data FROM chunks WHERE series = ? ORDER BY seq')
      .all(series);
    const length = chunks.reduce((sum, { points }) => sum + points, 0);
    const whole = { steps: new Float64Array(length), times: new Float64Array(length), values: new Float64Array(length) };
    let at = 0;
    for (const { points, data } of chunks) {
      const columns = toFloats(data);
      whole.steps.set(columns.subarray(0, points), at);
      whole.times.set(columns.subarray(points, points * 2), at);
      whole.values.set(columns.subarray(points * 2, points * 3), at);
      at += points;
    }
    return whole;
  }

  close(): void {
    this.db.close();
  }

  private append(run: RunId, metric: string, added: PendingPoints): void {
    const head = this.db
      .prepare<[string, string], SeriesHead>(
        `SELECT id, points, (SELECT count(*) FROM chunks WHERE series = series.id) AS chunks,
           (SELECT points FROM chunks WHERE series = series.id ORDER BY seq DESC LIMIT 1) AS tail
         FROM series WHERE run = ? AND metric = ?`,
      )
      .get(run, metric);
    const id =
      head?.id ?? Number(this.db.prepare('INSERT INTO series (run, metric, points) VALUES (?, ?, 0)').run(run, metric).lastInsertRowid);
    let chunks = head?.chunks ?? 0;
    let points = added;
    // A followed run grows by a few points at a time; they fill the last chunk before a new one is begun.
    if (head?.tail != null && head.tail < CHUNK_POINTS / 2) {
      chunks -= 1;
      points = joined(this.chunk(id, chunks), added);
    }
    const insert = this.db.prepare('INSERT OR REPLACE INTO chunks (series, seq, points, data) VALUES (?, ?, ?, ?)');
    for (let start = 0; start < points.values.length; start += CHUNK_POINTS) {
      const end = Math.min(points.values.length, start + CHUNK_POINTS);
      insert.run(id, chunks, end - start, toBytes(points, start, end));
      chunks += 1;
    }
    this.updateHead(id, added);
  }

  private chunk(series: number, seq: number): PendingPoints {
    const row = this.db
      .prepare<[number, number], { points: number; data: Buffer }>('SELECT points, data FROM chunks WHERE series = ? AND seq = ?')
      .get(series, seq);
    if (row === undefined) return { steps: [], times: [], values: [] };
    const columns = toFloats(row.data);
    const column = (index: number) => [...columns.subarray(row.points * index, row.points * (index + 1))];
    return { steps: column(0), times: column(1), values: column(2) };
  }

  private updateHead(series: number, { steps, times, values }: PendingPoints): void {
    const finite = values.filter((value) => Number.isFinite(value));
    const known = times.filter((time) => Number.isFinite(time));
    const extreme = (of: readonly number[], pick: (a: number, b: number) => number): number | null =>
      of.length === 0 ? null : of.reduce((a, b) => pick(a, b));
    this.db
      .prepare(
        `UPDATE series SET points = points + @added,
           least = min(coalesce(least, @least), coalesce(@least, least)),
           greatest = max(coalesce(greatest, @greatest), coalesce(@greatest, greatest)),
           last = coalesce(@last, last),
           last_step = max(coalesce(last_step, @step), coalesce(@step, last_step)),
           first_time = min(coalesce(first_time, @first), coalesce(@first, first_time)),
           last_time = max(coalesce(last_time, @latest), coalesce(@latest, last_time))
         WHERE id = @series`,
      )
      .run({
        series,
        added: values.length,
        least: extreme(finite, Math.min),
        greatest: extreme(finite, Math.max),
        last: finite.at(-1) ?? null,
        step: extreme(steps, Math.max),
        first: extreme(known, Math.min),
        latest: extreme(known, Math.max),
      });
  }
}

function joined(a: PendingPoints, b: PendingPoints): PendingPoints {
  return { steps: [...a.steps, ...b.steps], times: [...a.times, ...b.times], values: [...a.values, ...b.values] };
}

function toBytes({ steps, times, values }: PendingPoints, start: number, end: number): Uint8Array {
  const count = end - start;
  const columns = new Float64Array(count * 3);
  for (let index = 0; index < count; index += 1) {
    columns[index] = steps[start + index] ?? Number.NaN;
    columns[count + index] = times[start + index] ?? Number.NaN;
    columns[count * 2 + index] = values[start + index] ?? Number.NaN;
  }
  return new Uint8Array(columns.buffer);
}

/** A copy, since a blob's bytes need not be aligned. */
function toFloats(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}

function toSource(row: SourceRow): StoredSource {
  return {
    ...row,
    notes: JSON.parse(row.notes) as string[],
    shipped: row.shipped === 1,
    followed: row.followed === 1,
  };
}

function toRun(row: RunRow): StoredRun {
  return {
    ...row,
    config: JSON.parse(row.config) as [string, JsonValue][],
    summary: JSON.parse(row.summary) as [string, JsonValue][],
    notes: JSON.parse(row.notes) as string[],
  };
}
