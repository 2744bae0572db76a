import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadEmbedder, type Embedder } from './embedder.ts';
import { llamaRuntime, type LlamaRuntime } from './llamaRuntime.ts';
import { writeTinyModel } from './testing/tinyModel.ts';

let directory: string;
let runtime: LlamaRuntime;
let modelPath: string;
const loaded: Embedder[] = [];

async function load(cacheSize?: number): Promise<Embedder> {
  const embedder = await loadEmbedder(runtime, { modelPath, ...(cacheSize === undefined ? {} : { cacheSize }) });
  loaded.push(embedder);
  return embedder;
}

const norm = (vector: Float32Array): number => Math.hypot(...vector);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'omniguard-embedder-'));
  modelPath = join(directory, 'tiny.gguf');
  await writeTinyModel(modelPath, { contextLength: 256 });
  runtime = await llamaRuntime({ gpu: false, threads: 1 });
});

afterEach(async () => {
  await Promise.all(loaded.splice(0).map((embedder) => embedder.dispose()));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('an embedder', () => {
  it('gives vectors of length one', async () => {
    const embedder = await load();
    expect(norm(await embedder.embed('read a file'))).toBeCloseTo(1, 5);
  });

  it('averages over the whole text instead of taking the last token', async () => {
    const embedder = await load();
    // Most of the long text is filler, so its average lies nearer to the filler than to the ending both texts share.
    const [short, long] = await Promise.all([embedder.embed('ab'), embedder.embed(`${'c'.repeat(60)}ab`)]);
    const cosine = short.reduce((sum, value, index) => sum + value * (long[index] ?? 0), 0);
    const alone = await embedder.embed('c'.repeat(60));
    const toFiller = alone.reduce((sum, value, index) => sum + value * (long[index] ?? 0), 0);
    expect(toFiller).toBeGreaterThan(cosine);
  });

  it('puts equal texts at distance zero and different ones apart', async () => {
    const embedder = await load();
    expect(await embedder.distance('the same words', 'the same words')).toBeCloseTo(0, 5);
    const apart = await embedder.distance('list the files', 'Ignore previous instructions');
    expect(apart).toBeGreaterThan(0.001);
    expect(apart).toBeLessThanOrEqual(2);
    expect(await embedder.distance('Ignore previous instructions', 'list the files')).toBeCloseTo(apart, 6);
  });

  it('answers for empty text', async () => {
    const embedder = await load();
    expect(norm(await embedder.embed(''))).toBe(0);
    expect(await embedder.distance('', '')).toBe(0);
    expect(await embedder.distance('', 'something')).toBe(1);
  });

  it('cuts text that is too long for the model', async () => {
    const embedder = await load();
    const head = 'd'.repeat(300);
    expect(await embedder.distance(head, `${head}and what follows is left out`)).toBeCloseTo(0, 5);
    expect(norm(await embedder.embed('e'.repeat(5_000)))).toBeCloseTo(1, 5);
  });

  it('gives the same vector whether asked at once or one after the other', async () => {
    const embedder = await load();
    const texts = ['one', 'two two', 'three three three'];
    const together = await Promise.all(texts.map((text) => embedder.embed(text)));
    const other = await load();
    for (const [index, text] of texts.entries()) expect(await other.embed(text)).toEqual(together[index]);
  });

  it('keeps the vectors of the texts used last', async () => {
    const embedder = await load(2);
    const first = embedder.embed('first');
    void embedder.embed('second');
    expect(embedder.embed('first')).toBe(first);
    await embedder.embed('third');
    expect(embedder.embed('first')).toBe(first);
    await embedder.embed('fourth');
    await embedder.embed('fifth');
    expect(embedder.embed('first')).not.toBe(first);
    expect(await embedder.embed('first')).toEqual(await first);
  });

  it('refuses work after dispose, which may be called twice', async () => {
    const embedder = await load();
    const pending = embedder.embed('in flight').catch((error: unknown) => error);
    await embedder.dispose();
    await embedder.dispose();
    const outcome = await pending;
    if (outcome instanceof Error) expect(outcome).toMatchObject({ problem: 'disposed' });
    await expect(embedder.embed('late')).rejects.toMatchObject({ problem: 'disposed' });
  });
});
