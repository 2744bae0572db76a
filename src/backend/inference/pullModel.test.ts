import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelCatalogueSchema, type CatalogueEntry } from '../../contract/models.ts';
import { createHubClient, type HubClient } from '../corpora/hub/hubClient.ts';
import { putRepository, startFakeHub, type FakeHub } from '../corpora/hub/testing/fakeHub.ts';
import { createInferenceService, type InferenceService } from './inferenceService.ts';
import { readCatalogue } from './modelCatalogue.ts';
import { pullModel } from './pullModel.ts';
import { makeModelDirectory, type ModelDirectory } from './testing/modelDirectory.ts';
import { encodeTinyModel } from './testing/tinyModel.ts';

const BYTES = encodeTinyModel({ contextLength: 256 });
const REPOSITORY = 'someone/tiny-GGUF';
const [ENTRY] = modelCatalogueSchema.parse({
  version: 1,
  models: [
    {
      id: 'tiny',
      role: 'embedder',
      tier: 'small',
      architecture: 'llama',
      parameters: 100_000,
      file: 'tiny-q8.gguf',
      licence: 'Apache-2.0',
      source: 'made for tests',
      promptVersion: 'none',
      hub: { repository: REPOSITORY, revision: 'main', path: 'tiny.gguf' },
    },
  ],
}).models as [CatalogueEntry];

let hub: FakeHub;
let client: HubClient;
let directory: ModelDirectory;
let service: InferenceService;

beforeEach(async () => {
  hub = await startFakeHub();
  putRepository(hub, REPOSITORY, { 'tiny.gguf': BYTES });
  client = createHubClient({ hubUrl: hub.url, kind: 'model', retry: { attempts: 2, sleep: async () => undefined } });
  directory = await makeModelDirectory([]);
  service = await createInferenceService({ modelsDir: directory.path });
});
afterEach(async () => {
  await service.dispose();
  await directory.remove();
  await hub.close();
});

describe('pullModel', () => {
  it('fetches a model that can be loaded at once, from the repositories of models', async () => {
    const seen: number[] = [];
    const pulled = await pullModel({ registry: service.registry, entry: ENTRY, hub: client, onProgress: (done) => seen.push(done) });
    expect(pulled).toMatchObject({ file: 'tiny-q8.gguf', bytes: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') });
    expect(seen.at(-1)).toBe(BYTES.length);
    expect((await readdir(directory.path)).sort()).toEqual(['manifest.json', 'tiny-q8.gguf']);
    await service.dispose();
    service = await createInferenceService({ modelsDir: directory.path });
    const embedder = await service.loadEmbedder(pulled.id);
    expect(await embedder.distance('one text', 'another text')).toBeGreaterThan(0);
    await embedder.dispose();
    expect(hub.requests.every(({ path }) => !path.includes('datasets'))).toBe(true);
  });

  it('goes on where an earlier attempt broke off', async () => {
    const half = Math.floor(BYTES.length / 2);
    const sha256 = createHash('sha256').update(BYTES).digest('hex');
    await writeFile(join(directory.path, `${sha256.slice(0, 16)}.part`), BYTES.subarray(0, half));
    await pullModel({ registry: service.registry, entry: ENTRY, hub: client });
    // The first byte alone is asked for to learn what the file is.
    const ranges = hub.requests.flatMap(({ host, range }) => (host === 'cdn' ? [range] : []));
    expect(ranges.filter((range) => range !== 'bytes=0-0')).toEqual([`bytes=${half}-${BYTES.length - 1}`]);
    expect(await readFile(join(directory.path, 'tiny-q8.gguf'))).toEqual(Buffer.from(BYTES));
  });

  it('keeps nothing of a file that is not what the Hub describes', async () => {
    const sha256 = createHash('sha256').update(BYTES).digest('hex');
    await writeFile(join(directory.path, `${sha256.slice(0, 16)}.part`), 'not the beginning');
    await expect(pullModel({ registry: service.registry, entry: ENTRY, hub: client })).rejects.toMatchObject({ problem: 'damaged' });
    expect(await readdir(directory.path)).toEqual(['manifest.json']);
  });

  it('refuses a model of another architecture than the catalogue says', async () => {
    const entry = { ...ENTRY, architecture: 'bert' };
    await expect(pullModel({ registry: service.registry, entry, hub: client })).rejects.toMatchObject({ problem: 'incompatible' });
    expect(await readdir(directory.path)).not.toContain('tiny-q8.gguf');
  });

  it('says what is wrong when the Hub has no such file or cannot be reached', async () => {
    const entry = { ...ENTRY, hub: { ...ENTRY.hub, path: 'other.gguf' } };
    await expect(pullModel({ registry: service.registry, entry, hub: client })).rejects.toMatchObject({ code: 'not_found' });
    hub.faults = () => ({ kind: 'reset' });
    await expect(pullModel({ registry: service.registry, entry: ENTRY, hub: client })).rejects.toMatchObject({ code: 'network_missing' });
  });
});

describe('the catalogue', () => {
  it('that ships names MiniLM with its licence', async () => {
    const shipped = await readCatalogue(join(import.meta.dirname, '../../../models'));
    expect(shipped).toMatchObject([{ id: 'minilm-l6', role: 'embedder', architecture: 'bert', licence: 'Apache-2.0' }]);
  });

  it('may be missing, and is refused when it is none or would write elsewhere', async () => {
    expect(await readCatalogue(directory.path)).toEqual([]);
    const file = join(directory.path, 'catalogue.json');
    await writeFile(file, '{');
    await expect(readCatalogue(directory.path)).rejects.toMatchObject({ problem: 'damaged' });
    await writeFile(file, JSON.stringify({ version: 1, models: [{ ...ENTRY, file: '../tiny.gguf' }] }));
    await expect(readCatalogue(directory.path)).rejects.toThrow(/models\.0\.file/);
  });
});
