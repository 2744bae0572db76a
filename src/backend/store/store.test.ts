import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { episodeId, episodeRecord, stepRecord } from '../testing/fixtures.ts';
import type { EpisodeStore } from './episodeStore.ts';
import { MemoryEpisodeStore } from './memoryEpisodeStore.ts';
import { APPLICATION_ID } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openDatabase, STORE_FILE } from './openDatabase.ts';
import { openResilientStore, ResilientEpisodeStore } from './resilientEpisodeStore.ts';
import { openEpisodeStore, SqliteEpisodeStore } from './sqliteEpisodeStore.ts';
import {
  StoreCorruptError,
  StoreFullError,
  StoreLockedError,
  StoreNewerSchemaError,
  StoreReadOnlyError,
  toStoreError,
  type StoreError,
} from './storeError.ts';

let dataDir: string;
const open: { close(): void }[] = [];

function keep<T extends { close(): void }>(store: T): T {
  open.push(store);
  return store;
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'omniguard-store-'));
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function fill(store: EpisodeStore, episodes: number, steps = 2): void {
  for (let number = 0; number < episodes; number++) {
    store.begin(episodeRecord(number));
    for (let position = 0; position < steps; position++) {
      store.append(stepRecord(episodeId(number), 'trained', position, { reward: 0.5, verdict: 'TP' }));
      store.append(stepRecord(episodeId(number), 'baseline', position, position === 1 ? { reward: -1, verdict: 'FN' } : {}));
    }
    store.finish(episodeId(number), '2026-01-01T00:01:00.000Z', { baseline: 0, trained: 1 });
  }
}

describe.each([
  ['SQLite', () => openEpisodeStore(dataDir)],
  ['memory', () => new MemoryEpisodeStore()],
  ['resilient', () => openResilientStore(dataDir, () => undefined)],
])('%s store', (_name, create) => {
  it('gives back exactly what was written', () => {
    const store = keep<EpisodeStore>(create());
    fill(store, 1);
    const recording = store.recording(episodeId(0));
    expect(recording?.episode).toEqual(episodeRecord(0));
    expect(recording?.scores).toEqual({ baseline: 0, trained: 1 });
    expect(recording?.steps.map(({ step }) => [step.position, step.lane])).toEqual([
      [0, 'baseline'],
      [0, 'trained'],
      [1, 'baseline'],
      [1, 'trained'],
    ]);
    expect(recording?.steps[1]).toEqual(stepRecord(episodeId(0), 'trained', 0, { reward: 0.5, verdict: 'TP' }));
    expect(store.recording(episodeId(99))).toBeNull();
  });

  it('lists newest first, page by page, each episode once', () => {
    const store = keep<EpisodeStore>(create());
    fill(store, 7);
    const ids: string[] = [];
    for (let before; ;) {
      const page = store.list({ before, limit: 3 });
      if (page.length === 0) break;
      ids.push(...page.map(({ id }) => id));
      before = page.at(-1)?.id;
    }
    expect(ids).toEqual([6, 5, 4, 3, 2, 1, 0].map(episodeId));
    expect(store.list({ limit: 1 })[0]).toMatchObject({
      seed: 4_294_967_289,
      split: 'test',
      reward: { baseline: -0.78, trained: 1 },
      breached: { baseline: true, trained: false },
    });
    expect(store.status()).toMatchObject({ episodes: 7, steps: 28, writable: true, problem: null });
  });
});

describe('an episode that never ended', () => {
  it('is listed with what was played of it', () => {
    const store = keep(openEpisodeStore(dataDir));
    fill(store, 1);
    store.begin(episodeRecord(1));
    expect(store.list({ limit: 1 })[0]).toMatchObject({
      reward: { baseline: 0, trained: 0 },
      breached: { baseline: false, trained: false },
    });
    store.append(stepRecord(episodeId(1), 'trained', 0, { reward: 0.5, verdict: 'TP' }));
    store.append(stepRecord(episodeId(1), 'baseline', 0, { reward: -1, verdict: 'FN' }));
    expect(store.list({ limit: 1 })[0]).toMatchObject({
      finishedAt: null,
      reward: { baseline: -1, trained: 0.5 },
      breached: { baseline: true, trained: false },
    });
    expect(store.status()).toMatchObject({ episodes: 2, steps: 6 });
  });
});

describe('migrations', () => {
  const version = MIGRATIONS.length + 1;
  const next = { version, name: 'notes', sql: 'ALTER TABLE episodes ADD COLUMN note TEXT' };

  it('copies an existing file before it changes it', () => {
    fill(keep(openEpisodeStore(dataDir)), 2);
    open.splice(0).forEach((store) => store.close());
    const migrated = keep(openDatabase(dataDir, { migrations: [...MIGRATIONS, next] }));
    expect(migrated.db.pragma('user_version', { simple: true })).toBe(version);
    expect(new SqliteEpisodeStore(migrated).list({ limit: 9 })).toHaveLength(2);
    const [backup] = readdirSync(dataDir).filter((name) => name.endsWith('.bak'));
    const copy = keep(new Database(join(dataDir, backup ?? 'missing'), { readonly: true }));
    expect(copy.pragma('user_version', { simple: true })).toBe(version - 1);
    expect(copy.prepare('SELECT count(*) FROM episodes').pluck().get()).toBe(2);
  });

  it('leaves schema and data as they were when a migration fails', () => {
    fill(keep(openEpisodeStore(dataDir)), 1);
    open.splice(0).forEach((store) => store.close());
    const broken = { version, name: 'broken', sql: 'ALTER TABLE episodes ADD COLUMN note TEXT; SELECT nonsense FROM nowhere' };
    expect(() => openDatabase(dataDir, { migrations: [...MIGRATIONS, broken] })).toThrow();
    expect(keep(openEpisodeStore(dataDir)).status().episodes).toBe(1);
  });

  it('makes no backup of a new or a current file', () => {
    keep(openEpisodeStore(dataDir)).close();
    keep(openEpisodeStore(dataDir));
    expect(readdirSync(dataDir).filter((name) => name.endsWith('.bak'))).toEqual([]);
  });

  it('numbers its versions without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });
});

describe('refusals', () => {
  it('refuses a newer schema and leaves the file alone', () => {
    keep(openDatabase(dataDir)).db.pragma('user_version = 1007');
    open.splice(0).forEach((store) => store.close());
    expect(() => openEpisodeStore(dataDir)).toThrow(StoreNewerSchemaError);
    const db = keep(new Database(join(dataDir, STORE_FILE), { readonly: true }));
    expect(db.pragma('user_version', { simple: true })).toBe(1007);
  });

  it.each([
    ['text', 'this is not a database, whatever its name says '.repeat(40)],
    ['a damaged header', `SQLite format 3\0${'\u0001'.repeat(4_000)}`],
  ])('names a corrupt file: %s', (_name, content) => {
    writeFileSync(join(dataDir, STORE_FILE), content);
    expect(() => openEpisodeStore(dataDir)).toThrow(StoreCorruptError);
  });

  it("refuses another application's database", () => {
    const other = new Database(join(dataDir, STORE_FILE));
    other.exec('CREATE TABLE contacts (name TEXT)');
    other.close();
    expect(() => openEpisodeStore(dataDir)).toThrow(StoreCorruptError);
  });

  it('tells a second instance, and lets it in once the first has gone', () => {
    const first = keep(openEpisodeStore(dataDir));
    expect(() => openEpisodeStore(dataDir)).toThrow(StoreLockedError);
    first.close();
    open.length = 0;
    expect(keep(openEpisodeStore(dataDir)).status().episodes).toBe(0);
  });

  it('names a data folder that is a file', () => {
    writeFileSync(join(dataDir, 'file'), '');
    expect(() => openEpisodeStore(join(dataDir, 'file'))).toThrow(StoreReadOnlyError);
  });

  it.skipIf(process.getuid?.() === 0)('names a read-only folder', () => {
    const readOnly = join(dataDir, 'read-only');
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o500);
    expect(() => openEpisodeStore(readOnly)).toThrow(StoreReadOnlyError);
  });

  it('names a full disk, and the steps before it stay', () => {
    const database = keep(openDatabase(dataDir));
    const store = new SqliteEpisodeStore(database);
    fill(store, 1);
    database.db.pragma(`max_page_count = ${database.db.pragma('page_count', { simple: true }) as number}`);
    const long = stepRecord(episodeId(0), 'trained', 5, { text: 'x'.repeat(100_000) });
    expect(() => store.append(long)).toThrow(StoreFullError);
    expect(store.status()).toMatchObject({ episodes: 1, steps: 4 });
    expect(store.recording(episodeId(0))?.steps).toHaveLength(4);
  });

  it('refuses a step of an unknown episode and the same step twice', () => {
    const store = keep(openEpisodeStore(dataDir));
    expect(() => store.append(stepRecord(episodeId(5), 'trained', 0))).toThrow();
    fill(store, 1);
    expect(() => store.append(stepRecord(episodeId(0), 'trained', 0))).toThrow();
    expect(store.status().steps).toBe(4);
  });

  it.each([
    ['EACCES', StoreReadOnlyError],
    ['EROFS', StoreReadOnlyError],
    ['SQLITE_READONLY_DBMOVED', StoreReadOnlyError],
    ['ENOSPC', StoreFullError],
    ['SQLITE_CORRUPT_VTAB', StoreCorruptError],
    ['SQLITE_BUSY_SNAPSHOT', StoreLockedError],
  ])('maps %s', (code, expected) => {
    const cause = Object.assign(new Error('/home/someone/secret'), { code });
    const mapped = toStoreError(cause);
    expect(mapped).toBeInstanceOf(expected);
    expect(mapped.cause).toBe(cause);
    expect(mapped.message).not.toContain('/home');
  });
});

describe('when the disk refuses', () => {
  it('keeps everything in memory without a store, and says so', () => {
    writeFileSync(join(dataDir, STORE_FILE), 'nonsense '.repeat(500));
    const problems: StoreError[] = [];
    const store = keep(openResilientStore(dataDir, (problem) => problems.push(problem)));
    fill(store, 2);
    expect(problems.map(({ code }) => code)).toEqual(['corrupt']);
    expect(store.list({ limit: 5 })).toHaveLength(2);
    expect(store.recording(episodeId(1))?.steps).toHaveLength(4);
    expect(store.status()).toMatchObject({ episodes: 2, writable: false });
    expect(store.status().problem).toContain('damaged');
  });

  it('loses no step of the episode in which the disk fills up, and recovers with the next', () => {
    const database = openDatabase(dataDir);
    const problems: StoreError[] = [];
    const store = keep(new ResilientEpisodeStore(new SqliteEpisodeStore(database), null, (problem) => problems.push(problem)));
    fill(store, 3);
    store.begin(episodeRecord(3));
    store.append(stepRecord(episodeId(3), 'trained', 0));
    database.db.pragma(`max_page_count = ${database.db.pragma('page_count', { simple: true }) as number}`);
    store.append(stepRecord(episodeId(3), 'trained', 1, { text: 'x'.repeat(200_000) }));
    store.append(stepRecord(episodeId(3), 'trained', 2));
    expect(problems.map(({ code }) => code)).toEqual(['full']);
    expect(store.status()).toMatchObject({ writable: false });
    expect(store.recording(episodeId(3))?.steps.map(({ step }) => step.position)).toEqual([0, 1, 2]);
    expect(store.list({ limit: 9 }).map(({ id }) => id)).toEqual([3, 2, 1, 0].map(episodeId));

    database.db.pragma('max_page_count = 1000000');
    store.begin(episodeRecord(4));
    expect(store.status()).toMatchObject({ writable: true, problem: null });
    expect(store.recording(episodeId(3))?.steps).toHaveLength(3);
  });
});

describe('a process killed in the middle of an episode', () => {
  it('loses at most the step in flight', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../testing/endlessWriter.ts'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(Number(line));
      if (acknowledged.length === 40) child.kill('SIGKILL');
    }
    const store = keep(openEpisodeStore(dataDir));
    const positions = store.recording(episodeId(0))?.steps.map(({ step }) => step.position) ?? [];
    const last = acknowledged.at(-1) ?? Number.NaN;
    expect(positions).toEqual(Array.from({ length: positions.length }, (_, index) => index));
    expect(positions.length - 1).toBeGreaterThanOrEqual(last);
    expect(store.status().steps).toBe(positions.length);
    expect(keep(new Database(join(dataDir, STORE_FILE), { readonly: true })).pragma('application_id', { simple: true })).toBe(
      APPLICATION_ID,
    );
  });
});
