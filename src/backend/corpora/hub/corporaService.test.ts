import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_MIX, type CorpusId, type CorpusStatus } from '../../../contract/corpora.ts';
import { readCorpus } from '../bundledCorpus.ts';
import { createCorporaService, type CorporaService, type CorporaServiceOptions } from './corporaService.ts';
import { CORPUS_SOURCES } from './corpusSources.ts';
import { fenrirRows, jsonLines, nistRows, parquetOf, witfooRows } from './testing/corpusRows.ts';
import { putRepository, startFakeHub, type FakeHub } from './testing/fakeHub.ts';

let hub: FakeHub;
let folder: string;
const services: CorporaService[] = [];
const unexpected: unknown[] = [];

beforeEach(async () => {
  hub = await startFakeHub();
  folder = await mkdtemp(join(tmpdir(), 'corpora-'));
  unexpected.length = 0;
  putRepository(hub, CORPUS_SOURCES.witfoo.repository, { 'signals/signals.parquet': parquetOf(witfooRows(2_000), { groupRows: 500 }) });
  putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'data.jsonl': jsonLines(fenrirRows(1_200)) });
  putRepository(hub, CORPUS_SOURCES.nist.repository, { 'train.jsonl': jsonLines(nistRows(600)), 'valid.jsonl': jsonLines(nistRows(3)) });
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.dispose();
  await hub.close();
  await rm(folder, { recursive: true });
  expect(unexpected).toEqual([]);
});

function open(changes: Partial<CorporaServiceOptions> = {}): CorporaService {
  const service = createCorporaService({
    folder,
    bundled: () => readCorpus(),
    hub: { hubUrl: hub.url, stallMs: 3_000, retry: { attempts: 3, sleep: async () => undefined } },
    partBytes: 8_192,
    queueRows: 64,
    onFailure: (error) => unexpected.push(error),
    ...changes,
  });
  services.push(service);
  return service;
}

async function statusOf(service: CorporaService, id: CorpusId): Promise<CorpusStatus> {
  const { corpora } = await service.snapshot();
  return corpora.find((corpus) => corpus.id === id) ?? expect.fail();
}

async function pull(service: CorporaService, id: CorpusId, rows?: number): Promise<CorpusStatus> {
  await service.start({ id, ...(rows === undefined ? {} : { rows }) });
  await service.ended(id);
  return statusOf(service, id);
}

describe('the service of streamed corpora', () => {
  it('streams a corpus to its end and accounts for every row', async () => {
    const service = open();
    expect(await statusOf(service, 'witfoo')).toMatchObject({ state: 'idle', rows: 0, revision: null, totalRows: null });
    const status = await pull(service, 'witfoo');
    expect(status).toMatchObject({
      state: 'done',
      rows: 2_000,
      totalRows: 2_000,
      used: 1_800,
      skipped: { 'not benign': 200 },
      problem: null,
      offline: false,
    });
    expect(status.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(status.bytes.read).toBe(status.bytes.total);
    expect(status.cache.bytes).toBeGreaterThan(0);
    expect(status.uniqueShare).toBeGreaterThan(0.95);
  });

  it('goes on where it stopped: after enough rows, after a pause, after a restart', async () => {
    const service = open();
    expect(await pull(service, 'fenrir', 300)).toMatchObject({ state: 'done', rows: 300, wanted: 300 });
    await service.start({ id: 'fenrir' });
    await vi.waitFor(async () => expect((await statusOf(service, 'fenrir')).rows).toBeGreaterThan(300), { interval: 1 });
    await service.pause('fenrir');
    const { rows, state } = await statusOf(service, 'fenrir');
    expect(['paused', 'done']).toContain(state);
    await service.dispose();

    const later = open();
    expect((await statusOf(later, 'fenrir')).rows).toBe(rows);
    expect(await pull(later, 'fenrir')).toMatchObject({ state: 'done', rows: 1_200, used: 1_200, totalRows: 1_200 });
  });

  it('reports a queue that never holds more than its capacity, and a rate', async () => {
    putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'data.jsonl': jsonLines(fenrirRows(8_000)) });
    const service = open({ partBytes: 262_144 });
    await service.start({ id: 'fenrir' });
    let [deepest, fastest] = [0, 0];
    const ended = service.ended('fenrir');
    for (let over = false; !over;) {
      // At every turn of the event loop: the queue is filled and emptied within a few of them.
      over = await Promise.race([ended.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
      const { queue, rowsPerSecond } = await statusOf(service, 'fenrir');
      expect(queue.capacity).toBe(64);
      [deepest, fastest] = [Math.max(deepest, queue.depth), Math.max(fastest, rowsPerSecond)];
    }
    expect(deepest).toBeGreaterThan(0);
    expect(deepest).toBeLessThanOrEqual(64);
    expect(fastest).toBeGreaterThan(0);
    expect(await statusOf(service, 'fenrir')).toMatchObject({ rowsPerSecond: 0, queue: { depth: 0 } });
  });

  it('cancels back to the first row, and keeps the cache', async () => {
    const service = open();
    const { cache } = await pull(service, 'fenrir', 500);
    await service.cancel('fenrir');
    expect(await statusOf(service, 'fenrir')).toMatchObject({ state: 'idle', rows: 0, cache });
  });

  it('works offline from what is cached, and says where that ends', async () => {
    const service = open();
    await pull(service, 'fenrir', 400);
    await service.cancel('fenrir');
    hub.faults = () => ({ kind: 'reset' });
    const status = await pull(service, 'fenrir', 400);
    expect(status).toMatchObject({ state: 'done', rows: 400, offline: true, problem: null });
    const beyond = await pull(service, 'fenrir');
    expect(beyond).toMatchObject({ state: 'failed', offline: true, problem: { code: 'not_cached' } });
    expect(beyond.rows).toBeGreaterThanOrEqual(400);
    hub.faults = () => null;
    expect(await pull(service, 'fenrir')).toMatchObject({ state: 'done', rows: 1_200, offline: false });
  });

  it.each([
    ['network_missing', { kind: 'reset' }],
    ['gated', { kind: 'status', status: 403, headers: { 'x-error-code': 'GatedRepo' } }],
    ['rate_limited', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }],
    ['server_failed', { kind: 'status', status: 503 }],
  ] as const)('shows %s as its problem, and recovers', async (code, fault) => {
    const service = open();
    hub.faults = () => fault;
    const status = await pull(service, 'nist');
    expect(status).toMatchObject({ state: 'failed', problem: { code } });
    hub.faults = () => null;
    expect(await pull(service, 'nist')).toMatchObject({ state: 'done', rows: 600, problem: null });
  });

  it('starts over when the file has changed at the pinned commit', async () => {
    const service = open();
    await pull(service, 'fenrir', 400);
    const file = hub.repositories.get(CORPUS_SOURCES.fenrir.repository)?.files.get('data.jsonl');
    if (file !== undefined) file.bytes = Buffer.from(jsonLines(fenrirRows(700, 9)));
    expect(await pull(service, 'fenrir')).toMatchObject({ state: 'done', rows: 700, used: 700 });
  });

  it('takes the converted files when the original cannot be read in parts', async () => {
    const { repository } = CORPUS_SOURCES.fenrir;
    hub.faults = ({ host, path }) => (host === 'cdn' && path.endsWith('data.jsonl') ? { kind: 'whole' } : null);
    const service = open();
    // The fake Hub has no branch with converted files: the problem told is the one of the original.
    expect(await pull(service, 'fenrir')).toMatchObject({ state: 'failed', problem: { code: 'range_refused' } });
    expect(hub.requests.some(({ path }) => path.includes(`${repository}/revision/refs/convert/parquet`))).toBe(true);
  });

  it('stops at texts that repeat themselves', async () => {
    const same = fenrirRows(1)[0] ?? expect.fail();
    putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'data.jsonl': jsonLines(Array.from({ length: 900 }, () => same)) });
    expect(await pull(open(), 'fenrir')).toMatchObject({ state: 'failed', problem: { code: 'schema_changed' } });
  });

  it('clears a cache with what belongs to it, but not under a run', async () => {
    const service = open();
    await pull(service, 'nist');
    expect(await service.controls('least privilege', [])).not.toEqual([]);
    await service.clearCache('nist');
    expect(await statusOf(service, 'nist')).toMatchObject({ state: 'idle', rows: 0, revision: null, cache: { bytes: 0, parts: 0 } });
    expect(await service.samples('nist', 3, 1)).toEqual([]);
    expect(await service.controls('least privilege', [])).toEqual([]);
    await expect(service.items('nist', 100)).rejects.toMatchObject({
      code: 'not_cached',
      message: expect.stringContaining('corpus -- pull nist') as string,
    });
    hub.faults = ({ host }) => (host === 'cdn' ? { kind: 'silent' } : null);
    await service.start({ id: 'nist' });
    await expect(service.clearCache('nist')).rejects.toMatchObject({ code: 'busy' });
  });

  it('keeps a second process off the folder while it streams, and lets it in afterwards', async () => {
    const [one, two] = [open(), open()];
    hub.faults = ({ host }) => (host === 'cdn' ? { kind: 'silent' } : null);
    await one.start({ id: 'nist' });
    await expect(two.start({ id: 'fenrir' })).rejects.toMatchObject({ code: 'busy' });
    await one.pause('nist');
    hub.faults = () => null;
    expect(await pull(one, 'nist', 50)).toMatchObject({ rows: 50 });
    expect(await pull(two, 'nist')).toMatchObject({ rows: 600 });
  });

  it('shows rows as the messages that training draws', async () => {
    const service = open();
    for (const id of ['witfoo', 'fenrir', 'nist'] as const) {
      await pull(service, id, 200);
      const samples = await service.samples(id, 3, 1);
      expect(samples).toHaveLength(3);
      const letters = (text: string): string => text.replace(/\\n|\W/g, '');
      for (const { text, message } of samples) expect(letters(JSON.stringify(message.message))).toContain(letters(text).slice(0, 40));
      expect(await service.samples(id, 3, 1)).toEqual(samples);
      expect(await service.samples(id, 3, 2)).not.toEqual(samples);
    }
  });

  it('finds controls that speak of what a message does, and quotes them', async () => {
    const service = open();
    await pull(service, 'nist');
    const [first] = await service.controls('shell command in an argument', ['process.exec']);
    expect(first).toMatchObject({
      control: 'CM-7',
      title: 'Least Functionality',
      excerpt: expect.stringMatching(/execution of unauthorized software/) as string,
    });
    const [secrets] = await service.controls('reads a credential file', ['secrets.read']);
    expect(secrets?.control).toBe('IA-5');
  });

  it('keeps the mix over a restart, and falls back when the file is damaged', async () => {
    const service = open();
    const mix = { version: 1 as const, shares: { generated: 0.4, witfoo: 0.3, fenrir: 0.2, nist: 0.1 }, rows: 5_000 };
    await service.setMix(mix);
    expect((await open().snapshot()).mix).toEqual(mix);
    await writeFile(join(folder, 'mix.json'), '{"version":1}');
    expect((await open().snapshot()).mix).toEqual(DEFAULT_MIX);
    expect(unexpected.splice(0)).toHaveLength(1);
  });

  it('keeps to a limit that is set, at once and over a restart, and says what went', async () => {
    const service = open();
    await pull(service, 'fenrir', 200);
    await pull(service, 'nist', 100);
    const before = (await service.snapshot()).cache;
    expect(before.evicted).toEqual({ bytes: 0, parts: 0 });
    const limit = Math.floor(before.bytes / 2);
    await service.setCacheLimit(limit);
    const { cache, corpora } = await service.snapshot();
    expect(cache.limit).toBe(limit);
    expect(cache.bytes).toBeLessThanOrEqual(limit);
    expect(cache.bytes + cache.evicted.bytes).toBe(before.bytes);
    expect(corpora.reduce((sum, corpus) => sum + corpus.cache.bytes, 0)).toBe(cache.bytes);
    // The count goes on when the folder is opened anew for a run, whose rows come in and push others out.
    expect((await pull(service, 'fenrir', 400)).problem).toBeNull();
    const after = (await service.snapshot()).cache;
    expect(after.bytes).toBeLessThanOrEqual(limit);
    expect(after.evicted.parts).toBeGreaterThanOrEqual(cache.evicted.parts);
    expect((await open().snapshot()).cache.limit).toBe(limit);
    await writeFile(join(folder, 'cache.json'), '{"limit":-1}');
    expect((await open({ cacheBytes: 7e8 }).snapshot()).cache.limit).toBe(7e8);
    expect(unexpected.splice(0)).toHaveLength(1);
  });

  it('says so when its folder cannot be used', async () => {
    await writeFile(join(folder, 'cache'), 'a file where the folder has to be');
    const service = open();
    await expect(service.snapshot()).rejects.toMatchObject({ code: 'disk_failed' });
    await expect(service.start({ id: 'nist' })).rejects.toMatchObject({ code: 'disk_failed' });
  });
});
