import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent } from '../contract/live.ts';
import { createBackend, type Backend } from './backend.ts';
import { DECISION_LAYOUT } from './inference/inferenceService.ts';
import layout from './inference/prompt/layout.json' with { type: 'json' };
import { makeModelDirectory, manifestEntry, type ModelDirectory } from './inference/testing/modelDirectory.ts';
import { encodeTinyModel } from './inference/testing/tinyModel.ts';
import { openEpisodeStore } from './store/sqliteEpisodeStore.ts';

const RESOURCES = join(import.meta.dirname, '../../resources');

let models: ModelDirectory;
let folder: string;
const logged: string[] = [];
const log = (_details: object, message: string) => logged.push(message);

beforeAll(async () => {
  const bytes = encodeTinyModel({ controlTokens: layout.controlTokens, labels: DECISION_LAYOUT.labels, contextLength: 4_096 });
  const entry = (id: string) => ({ entry: manifestEntry(id, bytes, { promptVersion: layout.version }), bytes });
  models = await makeModelDirectory([entry('nano-base'), entry('nano-omniguard')]);
  folder = await mkdtemp(join(tmpdir(), 'omniguard-backend-'));
});
afterAll(async () => {
  await models.remove();
  await rm(folder, { recursive: true });
});

function start(dataDir: string): Promise<Backend> {
  return createBackend({
    dataDir,
    modelsDir: models.path,
    resourcesDir: RESOURCES,
    host: 'loopback',
    logger: { info: log, warn: log, error: log },
    gpu: false,
    threads: 1,
    environments: { workerUrl: new URL('./openenv/environments/environmentWorker.ts', import.meta.url) },
  });
}

/** Plays one message and returns the events up to the pause after it. */
async function playOne(backend: Backend): Promise<readonly LiveEvent[]> {
  const client = createRouterClient(backend.router, { context: {} });
  const { seq } = await client.live.snapshot();
  const batches = await client.live.events({ since: seq });
  await client.live.next();
  const events: LiveEvent[] = [];
  for await (const batch of batches) {
    events.push(...batch.events);
    if (batch.events.some((event) => event.type === 'state' && (event.state === 'paused' || event.state === 'failed'))) break;
  }
  return events;
}

describe('the backend', () => {
  it('plays the bundled corpus with local models, and the episode is there after a restart', async () => {
    const dataDir = join(folder, 'restart');
    const first = await start(dataDir);
    const events = await playOne(first);
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
    expect(steps.map(({ lane, position }) => [lane, position])).toEqual([
      ['baseline', 0],
      ['trained', 0],
    ]);
    expect(steps[0]?.message).toEqual(steps[1]?.message);
    const info = await createRouterClient(first.router, { context: {} }).system.info();
    expect(info).toMatchObject({ host: 'loopback', device: { gpu: null, threads: 1 }, store: { episodes: 1, steps: 2, writable: true } });
    expect(info.corpus.servers).toBeGreaterThan(0);
    expect(info.models.map(({ state }) => state)).toEqual(['ready', 'ready']);
    await first.dispose();
    await first.dispose();

    const second = await start(dataDir);
    const client = createRouterClient(second.router, { context: {} });
    const [episode] = await client.episodes.list({});
    expect(await client.episodes.steps({ id: episode?.id ?? expect.fail() })).toEqual(steps);
    await second.dispose();
  });

  it.each([
    ['another instance has the folder', 'Another OmniGuard uses this data folder'],
    ['the folder is a file', 'cannot be written'],
    ['the store is damaged', 'is damaged'],
  ])('runs without a store, and says so, when %s', async (situation, expected) => {
    const dataDir = await mkdtemp(join(folder, 'store-'));
    const other = situation.startsWith('another') ? openEpisodeStore(dataDir) : null;
    if (situation.includes('damaged')) await writeFile(join(dataDir, 'omniguard.sqlite'), 'nonsense '.repeat(1_000));
    if (situation.includes('file')) await writeFile(join(dataDir, 'file'), '');
    const backend = await start(situation.includes('file') ? join(dataDir, 'file') : dataDir);
    try {
      const client = createRouterClient(backend.router, { context: {} });
      const { store } = await client.system.info();
      expect(store.writable).toBe(false);
      expect(store.problem).toContain(expected);
      expect(logged.at(-1)).toBe(store.problem);
      await playOne(backend);
      const [episode] = await client.episodes.list({});
      expect(await client.episodes.steps({ id: episode?.id ?? expect.fail() })).toHaveLength(2);
    } finally {
      await backend.dispose();
      other?.close();
    }
  });
});
