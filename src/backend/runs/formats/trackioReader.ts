import Database, { type Database as Connection } from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { SYSTEM_PREFIX } from '../../../contract/runMetrics.ts';
import { RunsError } from '../runsError.ts';
import { isObject, parseExtendedJson } from './extendedJson.ts';
import { sourceStamp, toRunsError } from './fileTail.ts';
import { LIMITS, RunDraft } from './runDraft.ts';
import type { RunReader } from './runReader.ts';

const ROWS_AT_A_TIME = 5_000;
const MOST_BYTES = 2 * 1024 * 1024 * 1024;

const pointSchema = z.object({
  seq: z.number(),
  run: z.string(),
  name: z.string(),
  timestamp: z.string().nullable(),
  step: z.number().nullable(),
  metrics: z.string(),
});
const configSchema = z.object({ run: z.string(), config: z.string(), created: z.string().nullable() });

type Table = 'metrics' | 'system_metrics';

/**
 * A project's database of trackio. A copy is read, so that the writer is never disturbed; when the original has changed, a new
 * copy is read from the row after the last one seen.
 */
export class TrackioReader implements RunReader {
  readonly format = 'trackio';
  readonly group: string;
  private readonly path: string;
  private readonly byRun = new Map<string, RunDraft>();
  private readonly last: Record<Table, number> = { metrics: 0, system_metrics: 0 };
  private stamp = '';
  private copy: { readonly db: Connection; readonly folder: string } | null = null;
  private hash = '';
  private badRows = 0;
  private extraRuns = 0;

  constructor(path: string) {
    this.path = path;
    this.group = basename(path).replace(/\.db$/, '');
  }

  get drafts(): readonly RunDraft[] {
    return [...this.byRun.values()];
  }

  get notes(): readonly string[] {
    return [
      ...(this.badRows === 0 ? [] : [`${this.badRows} rows cannot be read.`]),
      ...(this.extraRuns === 0 ? [] : [`${this.extraRuns} rows of runs beyond ${LIMITS.runs} left out.`]),
    ];
  }

  advance(): 'more' | 'end' | 'replaced' {
    try {
      if (this.copy === null) {
        const stamp = sourceStamp(this.path);
        if (stamp === this.stamp) return 'end';
        this.open();
        this.stamp = stamp;
      }
      const more = this.readRows('metrics') || this.readRows('system_metrics');
      if (more) return 'more';
      this.readConfigs();
      this.drop();
      return 'end';
    } catch (error) {
      this.drop();
      if (error instanceof Database.SqliteError) {
        throw new RunsError('UNREADABLE', 'This is not a trackio database, or it is damaged.', { cause: error });
      }
      throw toRunsError(error);
    }
  }

  sha256(): string {
    return this.hash;
  }

  close(): void {
    this.drop();
  }

  private open(): void {
    const { size } = statSync(this.path);
    if (size > MOST_BYTES) throw new RunsError('UNREADABLE', 'The trackio database is over 2 GiB.');
    const folder = mkdtempSync(join(tmpdir(), 'omniguard-trackio-'));
    try {
      const file = join(folder, 'copy.db');
      copyFileSync(this.path, file);
      if (existsSync(`${this.path}-wal`)) copyFileSync(`${this.path}-wal`, `${file}-wal`);
      this.hash = createHash('sha256').update(readFileSync(file)).digest('hex');
      const db = new Database(file);
      this.copy = { db, folder };
      if (columns(db, 'metrics').length === 0) throw new RunsError('UNREADABLE', 'This is not a trackio database: it has no metrics.');
    } catch (error) {
      if (this.copy === null) rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private drop(): void {
    if (this.copy === null) return;
    this.copy.db.close();
    rmSync(this.copy.folder, { recursive: true, force: true });
    this.copy = null;
  }

  /** True when the table holds more rows than were read now. */
  private readRows(table: Table): boolean {
    if (this.copy === null) return false;
    const { db } = this.copy;
    const names = columns(db, table);
    if (names.length === 0) return false;
    const run = names.includes('run_id') ? 'coalesce(run_id, run_name)' : 'run_name';
    const step = names.includes('step') ? 'step' : 'NULL';
    const rows = db
      .prepare(
        `SELECT rowid AS seq, ${run} AS run, run_name AS name, timestamp, ${step} AS step, metrics
         FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${ROWS_AT_A_TIME}`,
      )
      .all(this.last[table]);
    for (const row of rows) this.takeRow(table, row);
    return rows.length === ROWS_AT_A_TIME;
  }

  private takeRow(table: Table, row: unknown): void {
    const parsed = pointSchema.safeParse(row);
    const seq = parsed.success ? parsed.data.seq : z.object({ seq: z.number() }).parse(row).seq;
    this.last[table] = seq;
    const metrics = parsed.success ? parseExtendedJson(parsed.data.metrics) : undefined;
    if (!parsed.success || !isObject(metrics)) {
      this.badRows += 1;
      return;
    }
    const { run: key, name, timestamp, step } = parsed.data;
    const draft = this.draftOf(key, name);
    if (draft === null) return;
    const system = table === 'system_metrics';
    draft.addRow({
      step: step ?? (system ? seq : draft.rows),
      time: timestamp === null ? Number.NaN : Date.parse(timestamp),
      metrics: system
        ? Object.entries(metrics).map(([metric, value]) => [`${SYSTEM_PREFIX}${metric}`, value] as const)
        : Object.entries(metrics),
    });
    if (system) draft.rows -= 1;
  }

  private readConfigs(): void {
    if (this.copy === null) return;
    const { db } = this.copy;
    const names = columns(db, 'configs');
    if (!names.includes('config')) return;
    const run = names.includes('run_id') ? 'coalesce(run_id, run_name)' : 'run_name';
    const created = names.includes('created_at') ? 'created_at' : 'NULL';
    for (const row of db.prepare(`SELECT ${run} AS run, config, ${created} AS created FROM configs LIMIT ${LIMITS.runs}`).all()) {
      const parsed = configSchema.safeParse(row);
      const draft = parsed.success ? this.byRun.get(parsed.data.run) : undefined;
      const config = parsed.success ? parseExtendedJson(parsed.data.config) : undefined;
      if (!parsed.success || draft === undefined || !isObject(config)) continue;
      // Entries with an underscore in front are trackio's own.
      draft.addConfig(Object.fromEntries(Object.entries(config).filter(([key]) => !key.startsWith('_'))));
      const time = Date.parse(parsed.data.created ?? '');
      if (!Number.isNaN(time)) draft.startedAt = new Date(time).toISOString();
    }
  }

  private draftOf(key: string, name: string): RunDraft | null {
    const known = this.byRun.get(key);
    if (known !== undefined) return known;
    if (this.byRun.size >= LIMITS.runs) {
      this.extraRuns += 1;
      return null;
    }
    const draft = new RunDraft(key, name);
    this.byRun.set(key, draft);
    return draft;
  }
}

function columns(db: Connection, table: string): string[] {
  return z
    .array(z.object({ name: z.string() }))
    .parse(db.pragma(`table_info(${table})`))
    .map(({ name }) => name);
}
