import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHubClient, hubOptionsFrom, type HubClientOptions, type RemoteFile } from './hubClient.ts';
import { askedPauseMs, backoffMs, DEFAULT_RETRY } from './retry.ts';
import { putRepository, startFakeHub, type FakeHub, type Fault } from './testing/fakeHub.ts';

const REPOSITORY = 'owner/corpus';
const CONTENT = Buffer.from(Array.from({ length: 4_000 }, (_, i) => i % 251));
const status = (code: number, headers: { [name: string]: string } = {}): Fault => ({ kind: 'status', status: code, headers });

let hub: FakeHub;
const pauses: number[] = [];

beforeEach(async () => {
  hub = await startFakeHub();
  pauses.length = 0;
  putRepository(hub, REPOSITORY, { 'signals/a b.parquet': CONTENT, 'README.md': '# text' });
});
afterEach(() => hub.close());

function client(options: HubClientOptions = {}) {
  return createHubClient({
    hubUrl: hub.url,
    stallMs: 2_000,
    ...options,
    retry: { attempts: 4, baseMs: 10, sleep: async (ms) => void pauses.push(ms), ...options.retry },
  });
}

async function described(reader = client()): Promise<RemoteFile> {
  const commit = await reader.resolveCommit(REPOSITORY, 'main');
  const version = await reader.fileInfo(REPOSITORY, commit, 'signals/a b.parquet');
  return { ...version, repository: REPOSITORY, commit };
}

/** Faults for the first requests that match, one each. */
function failing(faults: readonly Fault[], matches: (path: string) => boolean): void {
  const left = [...faults];
  hub.faults = ({ path }) => (matches(path) ? (left.shift() ?? null) : null);
}

describe('the client of the Hub', () => {
  it('pins a commit, lists a folder and describes a file', async () => {
    const reader = client();
    const commit = await reader.resolveCommit(REPOSITORY, 'main');
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(await reader.listFolder(REPOSITORY, commit, 'signals')).toEqual(['signals/a b.parquet']);
    expect(await reader.listFolder(REPOSITORY, commit, '')).toEqual(['README.md']);
    const file = await described();
    expect(file.size).toBe(CONTENT.length);
    expect(file.etag).toMatch(/^[0-9a-f]{64}$/);
  });

  it('describes a file of the newer storage the same way', async () => {
    putRepository(hub, REPOSITORY, { 'signals/a b.parquet': CONTENT }, true);
    const file = await described();
    expect(Buffer.from(await client().readRange(file, 10, 20)).equals(CONTENT.subarray(10, 20))).toBe(true);
  });

  it('reads exact ranges through the redirect', async () => {
    const file = await described();
    for (const [start, end] of [
      [0, 1],
      [17, 900],
      [3_990, 4_000],
    ] as const) {
      expect(Buffer.from(await client().readRange(file, start, end)).equals(CONTENT.subarray(start, end))).toBe(true);
    }
  });

  it('shows the token to the Hub alone, never to the redirect target', async () => {
    const reader = client({ token: 'hf_secret' });
    const file = await described(reader);
    await reader.readRange(file, 0, 10);
    expect(hub.requests.filter(({ host }) => host === 'hub').every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
    const redirected = hub.requests.filter(({ host }) => host === 'cdn');
    expect(redirected.length).toBeGreaterThan(0);
    expect(redirected.every(({ authorization }) => authorization === null)).toBe(true);
  });

  it('sends no token in the clear to another machine', () => {
    expect(createHubClient({ hubUrl: 'http://mirror.example', token: 'hf_secret' }).hasToken).toBe(false);
    expect(createHubClient({ hubUrl: 'https://mirror.example', token: 'hf_secret' }).hasToken).toBe(true);
  });

  it('takes endpoint and token from the environment alone', () => {
    expect(hubOptionsFrom({ HF_ENDPOINT: ' https://mirror.example/hf ', HF_TOKEN: 'hf_x' })).toEqual({
      hubUrl: 'https://mirror.example/hf',
      token: 'hf_x',
    });
    expect(hubOptionsFrom({ HF_ENDPOINT: '', HF_TOKEN: '' })).toEqual({});
    expect(() => createHubClient({ hubUrl: 'ftp://x' })).toThrow(/HF_ENDPOINT is no web address/);
  });

  it('repeats after 429, 5xx, broken connections and broken-off bodies, and waits as long as the server asks', async () => {
    const file = await described();
    failing([status(429, { 'retry-after': '7' }), status(503), { kind: 'reset' }], (path) => path.includes('resolve'));
    let retries = 0;
    const bytes = await client().readRange(file, 5, 50, { onRetry: () => retries++ });
    expect(Buffer.from(bytes).equals(CONTENT.subarray(5, 50))).toBe(true);
    expect(retries).toBe(3);
    expect(pauses[0]).toBe(7_000);
    expect(pauses[1]).toBeLessThan(1_000);

    failing([{ kind: 'truncated' }], (path) => path.startsWith('/cdn'));
    expect(Buffer.from(await client().readRange(file, 0, 4_000)).equals(CONTENT)).toBe(true);
  });

  it('reads slow bodies to their end, and gives up on silent servers', async () => {
    const file = await described();
    hub.faults = ({ host }) => (host === 'cdn' ? { kind: 'slow', ms: 40 } : null);
    expect((await client({ stallMs: 120 }).readRange(file, 0, 400)).length).toBe(400);
    hub.faults = () => ({ kind: 'silent' });
    await expect(client({ stallMs: 50, retry: { attempts: 2 } }).readRange(file, 0, 400)).rejects.toMatchObject({
      code: 'network_missing',
    });
  });

  it.each([
    [401, {}, 'gated', /set HF_TOKEN/],
    [401, { 'x-error-code': 'RepoNotFound' }, 'not_found', /owner\/corpus/],
    [403, { 'x-error-code': 'GatedRepo' }, 'gated', /accept its terms/],
    [404, { 'x-error-code': 'EntryNotFound' }, 'not_found', /has no owner\/corpus\/signals\/a b\.parquet/],
    [416, {}, 'file_changed', /clear this corpus's cache/],
  ] as const)('does not repeat %i', async (code, headers, expected, sentence) => {
    const file = await described();
    hub.faults = () => status(code, headers);
    await expect(client().readRange(file, 0, 10)).rejects.toMatchObject({
      code: expected,
      message: expect.stringMatching(sentence) as string,
    });
    expect(pauses).toEqual([]);
  });

  it('gives the calls of the library the same errors', async () => {
    hub.faults = () => status(403, { 'x-error-code': 'GatedRepo', 'content-type': 'application/json' });
    await expect(client().resolveCommit(REPOSITORY, 'main')).rejects.toMatchObject({ code: 'gated' });
    hub.faults = () => status(429, { 'retry-after': '100000' });
    await expect(client().listFolder(REPOSITORY, 'f'.repeat(40), '')).rejects.toMatchObject({ code: 'rate_limited' });
    expect(pauses).toEqual([]);
    hub.faults = () => null;
    await expect(client().resolveCommit('owner/none', 'main')).rejects.toMatchObject({ code: 'not_found' });
    await expect(client().resolveCommit(REPOSITORY, 'gone')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('reports a limit, a failing server and a missing network after the last attempt', async () => {
    const file = await described();
    hub.faults = () => status(429);
    await expect(client().readRange(file, 0, 10)).rejects.toMatchObject({ code: 'rate_limited' });
    hub.faults = () => status(500);
    await expect(client().readRange(file, 0, 10)).rejects.toMatchObject({ code: 'server_failed' });
    hub.faults = () => ({ kind: 'reset' });
    await expect(client().readRange(file, 0, 10)).rejects.toMatchObject({ code: 'network_missing' });
    expect(pauses).toHaveLength(9);
  });

  it('refuses a whole file in answer to a range, and a file that has changed', async () => {
    const file = await described();
    hub.faults = ({ host }) => (host === 'cdn' ? { kind: 'whole' } : null);
    await expect(client().readRange(file, 0, 10)).rejects.toMatchObject({ code: 'range_refused' });
    hub.faults = () => null;
    const held = hub.repositories.get(REPOSITORY)?.files.get('signals/a b.parquet');
    if (held !== undefined) held.bytes = Buffer.from(CONTENT).fill(7, 100, 200);
    await expect(client().readRange(file, 0, 10)).rejects.toMatchObject({ code: 'file_changed' });
  });

  it('stops at once when it is cancelled, in a request and between two', async () => {
    const file = await described();
    const stop = new AbortController();
    hub.faults = () => ({ kind: 'silent' });
    const reading = client().readRange(file, 0, 10, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client().readRange(file, 0, 10, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('pauses between attempts', () => {
  it('double up to their bound and never fall under half of it', () => {
    const policy = { ...DEFAULT_RETRY, baseMs: 100, longestMs: 1_000 };
    expect([2, 3, 4, 5, 6, 40].map((next) => backoffMs({ ...policy, random: () => 0 }, next))).toEqual([50, 100, 200, 400, 500, 500]);
    expect(backoffMs({ ...policy, random: () => 0.999 }, 2)).toBeCloseTo(100, 0);
  });

  it('are read from seconds, dates and the rate-limit header', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(askedPauseMs(new Headers({ 'retry-after': '12' }), now)).toBe(12_000);
    expect(askedPauseMs(new Headers({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }), now)).toBe(9_000);
    expect(askedPauseMs(new Headers({ ratelimit: '"api";r=0;t=33' }), now)).toBe(33_000);
    expect(askedPauseMs(new Headers(), now)).toBeNull();
  });
});
