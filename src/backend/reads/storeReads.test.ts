import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analystIdSchema } from '../../contract/review.ts';
import { libraryQuerySchema } from '../../contract/replays.ts';
import { label, openReviewBench, type ReviewBench } from '../review/testing/reviewBench.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { episodeId, episodeRecord, stepRecord } from '../testing/fixtures.ts';
import { JobCancelled } from '../workers/jobClient.ts';
import { ReadError } from './readError.ts';
import { createStoreReads, type StoreReads } from './storeReads.ts';

let bench: ReviewBench;
let reads: StoreReads;
beforeEach(() => {
  bench = openReviewBench();
  reads = createStoreReads(bench.database.db);
});
afterEach(async () => {
  await reads.end();
  await bench.close();
});

const EVERYTHING = libraryQuerySchema.parse({});

describe('questions to the store', () => {
  it('are answered as the main thread would answer them, with all that was just written', async () => {
    const store = new SqliteEpisodeStore(bench.database);
    const ada = bench.analyst('Ada');
    for (let number = 0; number < 20; number++) {
      store.begin(episodeRecord(number));
      store.append(stepRecord(episodeId(number), 'trained', 0));
      store.finish(episodeId(number), '2026-01-01T00:00:00.000Z', { baseline: 0, trained: 1 });
      expect((await reads.run('episodes', EVERYTHING)).episodes.at(0)?.id).toBe(episodeId(number));
      const item = bench.item(number);
      const query = { analyst: ada, filter: {}, sort: 'newest', limit: 100 } as const;
      const now = bench.clock.ms;
      expect(await reads.run('queue', { query, now })).toEqual(bench.review.desk.queue(query));
      bench.review.desk.submit(item, ada, label('BLOCK'));
      expect(await reads.run('item', { itemId: item, analyst: ada, now })).toEqual(bench.review.desk.item(item, ada));
      expect(await reads.run('overview', { analyst: ada, now })).toEqual(bench.review.desk.overview(ada));
    }
    expect(await reads.run('episodes', EVERYTHING)).toEqual(store.library.list(EVERYTHING));
    expect(await reads.run('facets', null)).toEqual(store.library.facets());
    expect(await reads.run('audit', null)).toMatchObject({ ok: true });
  });

  it('fail with a sentence where there is one', async () => {
    const nobody = analystIdSchema.parse('an-0000000000000000');
    const refused = await reads.run('overview', { analyst: nobody, now: 0 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ReadError);
    expect(refused).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('no analyst') as string });
  });

  it('name a disk that takes no export, and leave nothing half written', async () => {
    bench.review.desk.submit(bench.item(1), bench.analyst('Ada'), label('BLOCK'));
    const target = join(bench.dataDir, 'taken');
    await mkdir(join(target, 'inside'), { recursive: true });
    await expect(reads.run('exportLabels', { format: 'jsonl', filter: {}, file: target, now: 0 })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect((await readdir(bench.dataDir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('say that the store is gone', async () => {
    await reads.end();
    rmSync(bench.dataDir, { recursive: true });
    await expect(reads.run('facets', null)).rejects.toThrow();
  });
});

describe('an export', () => {
  const ITEMS = 100;
  beforeEach(() => {
    const ada = bench.analyst('Ada');
    for (let number = 0; number < ITEMS; number++) bench.review.desk.submit(bench.item(number), ada, label('SEMANTIC_DIFF'));
  });

  it('holds up neither this thread nor other questions, and sees the labels of the moment it began', async () => {
    const file = join(bench.dataDir, 'labels.jsonl');
    let beats = 0;
    const timer = setInterval(() => beats++, 1);
    let questions = 0;
    let written: { readonly rows: number } | null = null;
    const exporting = reads.run('exportLabels', { format: 'sft', filter: {}, file, now: 0 }).then((manifest) => (written = manifest));
    while (written === null) {
      await reads.run('facets', null);
      questions++;
    }
    clearInterval(timer);
    const manifest = await exporting;
    expect(manifest.rows).toBe(ITEMS);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(ITEMS);
    expect(questions).toBeGreaterThan(2);
    expect(beats).toBeGreaterThan(2);
  });

  it('that is no longer wanted ends and leaves nothing behind', async () => {
    const controller = new AbortController();
    const file = join(bench.dataDir, 'labels.jsonl');
    const exporting = reads.run('exportLabels', { format: 'sft', filter: {}, file, now: 0 }, controller.signal);
    await reads.run('facets', null);
    controller.abort();
    await expect(exporting).rejects.toThrow(JobCancelled);
    await reads.end();
    expect((await readdir(bench.dataDir)).filter((name) => name.startsWith('labels'))).toEqual([]);
  });
});
