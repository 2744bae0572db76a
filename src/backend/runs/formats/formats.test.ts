import Database from 'better-sqlite3';
import fc from 'fast-check';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunsError } from '../runsError.ts';
import { readAll } from '../testing/readAll.ts';
import { configRecord, encodeLevelLog, exitRecord, historyRecord, runRecord } from '../testing/wandbWriter.ts';
import { metricValue, parseExtendedJson } from './extendedJson.ts';
import { findSources, openSource } from './openSource.ts';
import { LevelLogReader } from './wandb/levelLog.ts';
import { ProtobufError, readFields } from './wandb/protobuf.ts';

let folder: string;
let counter = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  counter += 1;
  const parent = join(folder, String(counter));
  await mkdir(parent);
  const path = join(parent, name);
  await writeFile(path, content);
  return path;
}

describe('extended JSON', () => {
  it('reads what JSON.stringify writes, whatever it holds', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseExtendedJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
  it('reads the numbers that are not JSON, and leaves their names in strings alone', () => {
    const value = parseExtendedJson('{"a": NaN, "b": [-Infinity, Infinity], "NaN \\" Infinity": "NaN"}');
    expect(value).toEqual({ a: 'NaN', b: ['-Infinity', 'Infinity'], 'NaN " Infinity': 'NaN' });
    expect([metricValue('NaN'), metricValue('-Infinity'), metricValue(true), metricValue('1'), metricValue(null)]).toEqual([
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      1,
      null,
      null,
    ]);
  });
  it('is quick on a string that never ends', () => {
    const started = performance.now();
    expect(parseExtendedJson(`{"NaN${'\\"'.repeat(500_000)}`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the log format of wandb', () => {
  const records = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.uint8Array({ maxLength: 300 }) },
      fc.integer({ min: 32_000, max: 70_000 }).map((length) => new Uint8Array(length).fill(7)),
    ),
    { maxLength: 12 },
  );

  it('gives back every record, in pieces of any size', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 50_000 }), (written, size) => {
        const bytes = encodeLevelLog(written);
        const reader = new LevelLogReader();
        const read: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
        expect(read.map((record) => Buffer.from(record))).toEqual(written.map((record) => Buffer.from(record)));
        expect(reader.damaged).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('loses a record with damaged content, and no other, and never makes one up', () => {
    const written = Array.from({ length: 200 }, (_, index) => historyRecord(index, { loss: String(index) }));
    const whole = encodeLevelLog(written);
    fc.assert(
      fc.property(fc.integer({ min: 20, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] as number) ^ flip;
        const reader = new LevelLogReader();
        const texts = new Set(reader.push(bytes).map((record) => Buffer.from(record).toString('hex')));
        // A damaged length hides where the next record begins, so more may go; what is given back is what was written.
        for (const text of texts) expect(written.some((record) => Buffer.from(record).toString('hex') === text)).toBe(true);
      }),
      { numRuns: 100 },
    );
    const data = whole.slice();
    data[30] = (data[30] as number) ^ 0xff;
    const reader = new LevelLogReader();
    expect(reader.push(data)).toHaveLength(199);
    expect(reader.damaged).toBe(1);
  });

  it('never throws on arbitrary bytes, and says when the file is another', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const plain = new LevelLogReader();
        plain.push(bytes);
        expect(plain.valid || bytes.length > 0).toBe(true);
        const headed = new LevelLogReader();
        headed.push(Uint8Array.from([...encodeLevelLog([]), ...bytes]));
        expect(headed.valid).toBe(true);
      }),
    );
  });

  it('parses protobuf or refuses it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          readFields(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
    );
  });
});

describe('wandb runs', () => {
  const head = [runRecord('steady‮evil', 'proj'), configRecord({ lr: '0.1', nested: '{"a":{"b":1}}' })];

  it('reads history, configuration and exit', async () => {
    const path = await file(
      'run-abc.wandb',
      encodeLevelLog([...head, historyRecord(0, { loss: '2' }), historyRecord(7, { loss: 'NaN', _runtime: '3' }), exitRecord(0)]),
    );
    const reader = openSource(path);
    expect(readAll(reader).runs).toEqual({
      'steady‮evil': {
        loss: [
          [0, 2],
          [7, Number.NaN],
        ],
      },
    });
    expect([reader.group, reader.drafts[0]?.end, [...(reader.drafts[0]?.config ?? [])]]).toEqual([
      'proj',
      'finished',
      [
        ['lr', 0.1],
        ['nested.a.b', 1],
      ],
    ]);
    reader.close();
  });

  it('reads a run that wandb 0.31 wrote', () => {
    const reader = openSource(join(import.meta.dirname, '../testing/offline-run.wandb'));
    const { runs } = readAll(reader);
    const points = runs['fixture run'] ?? {};
    expect(Object.keys(points).sort()).toEqual(['ok', 'rewards/security', 'train/kl', 'train/loss', 'train/reward']);
    expect(points['train/reward']?.at(-1)).toEqual([39, 0.95]);
    expect(points['train/kl']?.[7]).toEqual([7, Number.NaN]);
    expect(points['ok']?.slice(0, 3)).toEqual([
      [0, 1],
      [1, 0],
      [2, 1],
    ]);
    expect([reader.notes, reader.drafts[0]?.end, reader.drafts[0]?.config.get('grpo.beta')]).toEqual([[], 'finished', 0.05]);
    reader.close();
  });

  it('reads on where a running run was cut in the middle of a record', async () => {
    const whole = encodeLevelLog([...head, ...Array.from({ length: 50 }, (_, step) => historyRecord(step, { loss: String(step) }))]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 8, max: whole.length - 1 }), async (cut) => {
        const path = await file('run-cut.wandb', whole.subarray(0, cut));
        const reader = openSource(path);
        const before = readAll(reader);
        await appendFile(path, whole.subarray(cut));
        const after = readAll(reader);
        reader.close();
        const losses = [before, after].flatMap(({ runs }) => Object.values(runs).flatMap((run) => run['loss'] ?? []));
        expect(losses).toEqual(Array.from({ length: 50 }, (_, step) => [step, step]));
      }),
      { numRuns: 25 },
    );
  });
});

describe('JSON lines', () => {
  it('keeps the stages of one training apart and takes evaluation.json beside it', async () => {
    const path = await file(
      'history.jsonl',
      '{"stage":"sft","step":1,"loss":2}\n{"stage":"grpo","step":1,"seconds":2,"kl":0.1}\nnot json\n{"stage":"grpo","step":11,"kl":NaN}',
    );
    await writeFile(join(path, '../evaluation.json'), '{"suite":{"base":{"mean_reward":-0.1,"vectors":{}}}}');
    const reader = openSource(path);
    const { runs } = readAll(reader);
    const group = reader.group;
    expect(runs).toEqual({
      [`${group} sft`]: { loss: [[1, 2]] },
      [`${group} grpo`]: {
        kl: [
          [1, 0.1],
          [11, Number.NaN],
        ],
      },
      'evaluation: base': {},
    });
    expect(reader.notes).toEqual(['1 lines are not JSON objects.']);
    expect(reader.drafts.at(-1)?.summary.get('suite/mean_reward')).toBe(-0.1);
    reader.close();
  });

  it('follows a growing file line by line, and notices a rewritten one', async () => {
    const path = await file('wandb-history.jsonl', '{"_step":0,"a":1}\n{"_step":1,');
    const reader = openSource(path);
    expect(Object.values(readAll(reader).runs)).toEqual([{ a: [[0, 1]] }]);
    await appendFile(path, '"a":2}\n');
    expect(Object.values(readAll(reader).runs)).toEqual([{ a: [[1, 2]] }]);
    await writeFile(path, '{"_step":5,"a":9}\n');
    expect(readAll(reader).state).toBe('replaced');
    reader.close();
  });

  it('takes any lines without throwing, and every good one', async () => {
    const line = fc.oneof(
      fc.record({ step: fc.nat(), loss: fc.double({ noNaN: true, noDefaultInfinity: true }) }).map((row) => JSON.stringify(row)),
      fc.json(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
        const path = await file('lines.jsonl', `{"step":0,"first":1}\n${lines.join('\n')}`);
        const reader = openSource(path);
        const { runs } = readAll(reader);
        reader.close();
        expect(Object.values(runs).some((run) => run['first']?.length === 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('trainer states', () => {
  it('reads the log and the settings, and takes only what is new the next time', async () => {
    const state = (log: object[]) =>
      JSON.stringify({ log_history: log, global_step: 10, max_steps: 20, best_metric: null }).replace('"bad"', 'NaN');
    const path = await file('trainer_state.json', state([{ step: 5, loss: 1, epoch: 0.1 }]));
    const reader = openSource(path);
    expect(Object.values(readAll(reader).runs)).toEqual([{ loss: [[5, 1]], epoch: [[5, 0.1]] }]);
    await writeFile(
      path,
      state([
        { step: 5, loss: 1, epoch: 0.1 },
        { step: 10, loss: 'bad' },
      ]),
    );
    expect(Object.values(readAll(reader).runs)).toEqual([{ loss: [[10, Number.NaN]] }]);
    await writeFile(path, '{"log_history": [');
    expect(Object.values(readAll(reader).runs)).toEqual([{}]);
    expect(reader.drafts[0]?.config.get('max_steps')).toBe(20);
  });

  it('never fails in another way than by its own error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        const reader = openSource(await file('trainer_state.json', text));
        expect(() => readAll(reader)).toThrow(RunsError);
      }),
      { numRuns: 60 },
    );
  });
});

describe('trackio databases', () => {
  async function database(schema: string, fill: (db: Database.Database) => void): Promise<string> {
    const path = await file('project.db', '');
    const db = new Database(path);
    db.pragma('journal_mode = WAL');
    db.exec(schema);
    fill(db);
    db.close();
    return path;
  }
  const schema = `CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT);
    CREATE TABLE configs (run_id TEXT UNIQUE, run_name TEXT, config TEXT, created_at TEXT);
    CREATE TABLE system_metrics (id INTEGER PRIMARY KEY, run_id TEXT, timestamp TEXT, run_name TEXT, metrics TEXT);`;
  const insert = (db: Database.Database, step: number, metrics: string) =>
    db
      .prepare("INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES ('r1', '2026-01-01T00:00:00', 'first', ?, ?)")
      .run(step, metrics);

  it('reads runs, configuration and system metrics, and follows an open writer', async () => {
    const path = await database(schema, (db) => {
      insert(db, 0, '{"loss": 3, "x": "Infinity"}');
      insert(db, 1, 'garbage');
      db.exec(`INSERT INTO configs VALUES ('r1', 'first', '{"lr": 1, "_hidden": 2}', '2026-01-01T00:00:00Z')`);
      db.exec(`INSERT INTO system_metrics VALUES (1, 'r1', '2026-01-01T00:00:00', 'first', '{"gpu": 0.5}')`);
    });
    const reader = openSource(path);
    expect(readAll(reader).runs).toEqual({ first: { loss: [[0, 3]], x: [[0, Number.POSITIVE_INFINITY]], 'system/gpu': [[1, 0.5]] } });
    expect([reader.notes, [...(reader.drafts[0]?.config ?? [])]]).toEqual([['1 rows cannot be read.'], [['lr', 1]]]);
    const writer = new Database(path);
    insert(writer, 2, '{"loss": 1}');
    expect(readAll(reader).runs).toEqual({ first: { loss: [[2, 1]] } });
    writer.close();
    reader.close();
  });

  it('reads the older layout without run ids', async () => {
    const path = await database(
      'CREATE TABLE metrics (id INTEGER PRIMARY KEY, timestamp TEXT, run_name TEXT, step INTEGER, metrics TEXT)',
      (db) => {
        db.exec(`INSERT INTO metrics VALUES (1, '2026-01-01T00:00:00', 'old', 4, '{"loss": 1}')`);
      },
    );
    expect(readAll(openSource(path)).runs).toEqual({ old: { loss: [[4, 1]] } });
  });

  it('refuses another database, and a damaged one, in words', async () => {
    const other = await database('CREATE TABLE things (id INTEGER)', () => undefined);
    expect(() => readAll(openSource(other))).toThrow(/not a trackio database/);
    const path = await file('broken.db', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5_000, 9)]));
    expect(() => readAll(openSource(path))).toThrow(RunsError);
  });
});

describe('finding sources', () => {
  it('finds what a folder of each kind holds', async () => {
    const root = await mkdtemp(join(folder, 'root-'));
    const run = join(root, 'wandb', 'offline-run-1');
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'run-a.wandb'), encodeLevelLog([]));
    await writeFile(join(run, 'wandb-history.jsonl'), '{}');
    expect(findSources(root)).toEqual([join(run, 'run-a.wandb')]);
    const trainer = await mkdtemp(join(folder, 'trainer-'));
    for (const name of ['checkpoint-9', 'checkpoint-100']) {
      await mkdir(join(trainer, name));
      await writeFile(join(trainer, name, 'trainer_state.json'), '{}');
    }
    expect(findSources(trainer)).toEqual([join(trainer, 'checkpoint-100', 'trainer_state.json')]);
    const empty = await mkdtemp(join(folder, 'empty-'));
    expect(() => findSources(empty)).toThrow(/holds no run/);
    expect(() => findSources(join(empty, 'nothing'))).toThrow(/no such file/);
  });

  it('opens any file or refuses it in words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3_000 }),
        fc.constantFrom('a.wandb', 'a.jsonl', 'a.json', 'a.db', 'a'),
        async (bytes, name) => {
          try {
            const reader = openSource(await file(name, bytes));
            readAll(reader);
            reader.close();
          } catch (error) {
            expect(error).toBeInstanceOf(RunsError);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
