import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CorpusId } from '../../../contract/corpora.ts';
import { randomFrom } from '../../../engine/random/random.ts';
import { pinCorpus } from './corpusPin.ts';
import { CORPUS_SOURCES } from './corpusSources.ts';
import { createHubClient, type HubClient } from './hubClient.ts';
import { startOf, streamRows, type Cursor, type RowStreamOptions, type StreamProgress, type StreamedRow } from './rowStream.ts';
import { fenrirRows, jsonLines, nistRows, parquetOf, witfooRows } from './testing/corpusRows.ts';
import { putRepository, startFakeHub, type FakeHub, type Fault } from './testing/fakeHub.ts';
import { temporaryCache, type TemporaryCache } from './testing/temporaryCache.ts';

const PART_BYTES = 4_096;

let hub: FakeHub;
let place: TemporaryCache;
beforeEach(async () => {
  hub = await startFakeHub();
  place = await temporaryCache();
});
afterEach(async () => {
  await hub.close();
  await place.remove();
});

function reader(attempts = 4): HubClient {
  return createHubClient({ hubUrl: hub.url, stallMs: 3_000, retry: { attempts, sleep: async () => undefined } });
}

async function optionsFor(id: CorpusId, changes: Partial<RowStreamOptions> = {}): Promise<RowStreamOptions> {
  const source = CORPUS_SOURCES[id];
  const client = reader();
  return { source, pin: await pinCorpus(source, client, 0, {}), cache: place.cache, hub: client, partBytes: PART_BYTES, ...changes };
}

async function collect(options: RowStreamOptions, from: Cursor = startOf(options.pin), most = Infinity): Promise<StreamedRow[]> {
  const rows: StreamedRow[] = [];
  for await (const batch of streamRows(options, from)) {
    rows.push(...batch);
    if (rows.length >= most) break;
  }
  return rows.slice(0, most);
}

const users = (rows: readonly StreamedRow[]): unknown[] => rows.map(({ value }) => (typeof value === 'string' ? value : value['user']));
const lines = (rows: readonly StreamedRow[]): unknown[] =>
  rows.map(({ value }) => (typeof value === 'string' ? value : value['message_sanitized']));

describe('streaming JSON lines', () => {
  const rows = fenrirRows(300);
  beforeEach(() =>
    putRepository(hub, CORPUS_SOURCES.fenrir.repository, {
      'README.md': '#',
      'b-data.jsonl': jsonLines(rows.slice(200)),
      'a-data.jsonl': jsonLines(rows.slice(0, 200)),
    }),
  );

  it('gives every row once, over all files in order', async () => {
    const progress: StreamProgress[] = [];
    const streamed = await collect(await optionsFor('fenrir', { onProgress: (step) => progress.push(step) }));
    expect(users(streamed)).toEqual(rows.map(({ user }) => user));
    expect(streamed.map(({ row }) => row)).toEqual(rows.map((_, at) => at));
    const { bytesRead, bytesTotal } = progress.at(-1) ?? expect.fail();
    expect(bytesRead).toBe(bytesTotal);
    expect(progress.every((step, at) => step.bytesRead >= (progress[at - 1]?.bytesRead ?? 0))).toBe(true);
  });

  it('goes on from the cursor of any row with the row after it', async () => {
    const options = await optionsFor('fenrir');
    const all = await collect(options);
    for (const at of [0, 17, 199, 200, 298]) {
      expect(users(await collect(options, all[at]?.after))).toEqual(rows.slice(at + 1).map(({ user }) => user));
    }
  });

  it('starts over when the cursor was made for another version of the file', async () => {
    const options = await optionsFor('fenrir');
    const [, , third] = await collect(options, undefined, 3);
    const stale = { ...(third?.after ?? expect.fail()), etag: 'another' };
    expect(await collect(options, stale)).toHaveLength(rows.length);
  });

  it('works from the cache alone, up to where the cache ends', async () => {
    const options = await optionsFor('fenrir');
    const some = await collect(options, undefined, 60);
    await hub.close();
    const offline = await optionsOffline(options);
    const again: StreamedRow[] = [];
    const reading = (async () => {
      for await (const batch of streamRows(offline, startOf(offline.pin))) again.push(...batch);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'not_cached' });
    expect(users(again.slice(0, 60))).toEqual(users(some));
    hub = await startFakeHub();
  });

  it('asks for bytes once, then takes them from the cache', async () => {
    const options = await optionsFor('fenrir');
    await collect(options);
    const asked = hub.requests.length;
    await collect(options);
    expect(hub.requests.length).toBe(asked);
  });

  it('hands on lines that are no rows with their reason, and stops at other columns', async () => {
    putRepository(hub, CORPUS_SOURCES.fenrir.repository, {
      'a.jsonl': `${jsonLines(rows.slice(0, 2))}{broken\n\n[1]\n${'ÿ'}${jsonLines(rows.slice(2, 3))}`,
    });
    const streamed = await collect(await optionsFor('fenrir'));
    expect(users(streamed).slice(2)).toEqual(['not JSON', 'not an object', 'not JSON']);

    putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'a.jsonl': jsonLines(nistRows(4)) });
    await expect(collect(await optionsFor('fenrir'))).rejects.toMatchObject({ code: 'schema_changed' });
  });

  it('says when the repository holds no such files', async () => {
    putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'README.md': '#' });
    await expect(optionsFor('fenrir')).rejects.toMatchObject({ code: 'not_found' });
  });
});

async function optionsOffline(options: RowStreamOptions): Promise<RowStreamOptions> {
  return { ...options, hub: null, cache: await place.reopen() };
}

describe('streaming Parquet', () => {
  const rows = witfooRows(3_000);
  const repository = CORPUS_SOURCES.witfoo.repository;

  it.each([
    ['several row groups', { groupRows: 700 }],
    ['one row group', {}],
    ['one row group with a page index', { indexed: true }],
  ])('gives every row of %s once, and goes on from any', async (_, form) => {
    putRepository(hub, repository, { 'signals/signals.parquet': parquetOf(rows, form), 'graph/nodes.jsonl': '{}' });
    const options = await optionsFor('witfoo');
    const progress: StreamProgress[] = [];
    const all = await collect({ ...options, onProgress: (step) => progress.push(step) });
    expect(lines(all)).toEqual(rows.map(({ message_sanitized }) => message_sanitized));
    expect(progress.at(-1)?.totalRows).toBe(rows.length);
    for (const at of [0, 699, 1_234, 2_998]) {
      expect(lines(await collect(options, all[at]?.after))).toEqual(rows.slice(at + 1).map(({ message_sanitized }) => message_sanitized));
    }
  });

  it('reads a part of a file with a page index without fetching all of it', async () => {
    putRepository(hub, repository, { 'signals/signals.parquet': parquetOf(witfooRows(40_000), { indexed: true }) });
    const options = await optionsFor('witfoo');
    await collect(options, undefined, 100);
    const fetched = place.cache.use().bytes;
    expect(fetched).toBeLessThan((options.pin.files[0]?.size ?? 0) / 2);
  });

  it('names a missing column, and a file that is no Parquet', async () => {
    putRepository(hub, repository, {
      'signals/signals.parquet': parquetOf(rows.slice(0, 10).map(({ message_type }) => ({ message_type }))),
    });
    await expect(collect(await optionsFor('witfoo'))).rejects.toMatchObject({
      code: 'schema_changed',
      message: expect.stringContaining('label_binary') as string,
    });
    putRepository(hub, repository, { 'signals/signals.parquet': 'PAR1 but nothing else that makes sense PAR1' });
    await expect(collect(await optionsFor('witfoo'))).rejects.toMatchObject({ code: 'file_corrupt' });
  });

  it('hands on what went wrong while the worker asked for bytes', async () => {
    putRepository(hub, repository, { 'signals/signals.parquet': parquetOf(rows) });
    const options = await optionsFor('witfoo');
    hub.faults = ({ host }) => (host === 'cdn' ? { kind: 'status', status: 503 } : null);
    await expect(collect(options)).rejects.toMatchObject({ code: 'server_failed' });
  });

  it('leaves the event loop free while it decodes', async () => {
    putRepository(hub, repository, { 'signals/signals.parquet': parquetOf(witfooRows(60_000)) });
    const options = await optionsFor('witfoo', { partBytes: 1024 * 1024 });
    await collect(options, undefined, 1);
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await collect(options);
    clearInterval(beat);
    // Decoding takes a few hundred milliseconds; the bound leaves room for a busy machine.
    expect(longest).toBeLessThan(120);
  });
});

describe('a stream that breaks again and again', () => {
  const faults: readonly (Fault | null)[] = [
    { kind: 'reset' },
    { kind: 'truncated' },
    { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'slow', ms: 1 },
  ];

  it.each([1, 2])('delivers every row exactly once after its resumptions, seed %i', async (seed) => {
    const random = randomFrom(seed, 'soak');
    const logs = witfooRows(900, seed);
    const answers = fenrirRows(500, seed);
    putRepository(hub, CORPUS_SOURCES.witfoo.repository, {
      'signals/0.parquet': parquetOf(logs.slice(0, 600), { groupRows: 200 }),
      'signals/1.parquet': parquetOf(logs.slice(600)),
    });
    putRepository(hub, CORPUS_SOURCES.fenrir.repository, {
      'a.jsonl': jsonLines(answers.slice(0, 260)),
      'b.jsonl': jsonLines(answers.slice(260)),
    });
    let interruptions = 0;
    for (const id of ['witfoo', 'fenrir'] as const) {
      hub.faults = () => null;
      const base = await optionsFor(id, { partBytes: id === 'witfoo' ? 4_096 : 2_048 });
      hub.faults = () => (random.chance(0.4) ? random.pick(faults) : null);
      const delivered: unknown[] = [];
      let cursor = startOf(base.pin);
      for (let run = 0; ; run++) {
        expect(run).toBeLessThan(2_000);
        const stop = new AbortController();
        const stopAfter = random.chance(0.7) ? random.int(250) : Infinity;
        let seen = 0;
        try {
          // Each run opens the folder anew, as another process would, with room for a part of the files only.
          const cache = await place.reopen(60_000);
          for await (const batch of streamRows({ ...base, cache, hub: reader(2), signal: stop.signal }, cursor)) {
            for (const row of batch) {
              if (seen++ >= stopAfter) stop.abort();
              if (stop.signal.aborted) break;
              delivered.push(...(id === 'witfoo' ? lines([row]) : users([row])));
              cursor = row.after;
            }
          }
          if (!stop.signal.aborted) break;
        } catch {
          // What broke is told by other tests; here only the rows count.
        }
        interruptions++;
      }
      expect(delivered).toEqual(id === 'witfoo' ? logs.map(({ message_sanitized }) => message_sanitized) : answers.map(({ user }) => user));
    }
    expect(interruptions).toBeGreaterThan(8);
  });
});
