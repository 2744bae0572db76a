import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelIdSchema, sha256Schema } from '../../contract/ids.ts';
import type { Calibration } from '../../contract/models.ts';
import { openModelRegistry, type ModelRegistry } from './modelRegistry.ts';
import { textWith } from './testing/matchers.ts';
import { manifestEntry } from './testing/modelDirectory.ts';
import { encodeTinyModel } from './testing/tinyModel.ts';

const ID = modelIdSchema.parse('tiny');
const MODEL = encodeTinyModel();

let modelsDir: string;

beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'omniguard-registry-'));
});

afterEach(async () => {
  await rm(modelsDir, { recursive: true, force: true });
});

async function open(entries: readonly object[]): Promise<ModelRegistry> {
  await writeFile(join(modelsDir, 'manifest.json'), JSON.stringify({ version: 1, models: entries }));
  return openModelRegistry({ modelsDir, promptVersion: '1' });
}

const entryFor = (bytes: Buffer, changes: object = {}): object => ({ ...manifestEntry('tiny', bytes), ...changes });

async function put(bytes: Buffer): Promise<void> {
  await writeFile(join(modelsDir, 'tiny.gguf'), bytes);
}

describe('a sound model', () => {
  it('passes', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL)]);
    await registry.check(registry.entry(ID));
    expect(await registry.glance()).toMatchObject([{ state: 'not_loaded', problem: null }]);
    expect(await registry.verify()).toMatchObject([{ state: 'not_loaded', problem: null }]);
  });
});

describe('a model that cannot be used says why', () => {
  it('missing file', async () => {
    const registry = await open([entryFor(MODEL)]);
    expect(await registry.glance()).toMatchObject([{ state: 'missing', problem: textWith('tiny.gguf') }]);
    await expect(registry.check(registry.entry(ID))).rejects.toMatchObject({ problem: 'missing' });
  });

  it('truncated file', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL)]);
    await truncate(join(modelsDir, 'tiny.gguf'), MODEL.length / 2);
    expect(await registry.glance()).toMatchObject([{ state: 'damaged', problem: textWith('bytes instead of') }]);
  });

  it('altered file of the right size', async () => {
    const altered = Buffer.from(MODEL);
    altered[altered.length - 40] = (altered[altered.length - 40] ?? 0) ^ 1;
    await put(altered);
    const registry = await open([entryFor(MODEL)]);
    expect(await registry.verify()).toMatchObject([{ state: 'damaged', problem: textWith('SHA-256') }]);
  });

  it('a file that changes after it was verified is hashed again', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL)]);
    await registry.check(registry.entry(ID));
    await put(encodeTinyModel({ seed: 2 }));
    await expect(registry.check(registry.entry(ID))).rejects.toMatchObject({ problem: 'damaged' });
  });

  it('not a GGUF at all', async () => {
    const text = Buffer.from('<html>Not found</html>'.repeat(100));
    await put(text);
    const registry = await open([entryFor(text)]);
    expect(await registry.verify()).toMatchObject([{ state: 'damaged', problem: textWith('not a readable GGUF') }]);
  });

  it('another architecture than the manifest says', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL, { architecture: 'qwen2' })]);
    expect(await registry.verify()).toMatchObject([{ state: 'incompatible', problem: textWith('llama') }]);
  });

  it('an architecture that OmniGuard does not run', async () => {
    const other = encodeTinyModel({ architecture: 'mamba' });
    await put(other);
    const registry = await open([entryFor(other, { architecture: 'mamba' })]);
    expect(await registry.verify()).toMatchObject([{ state: 'incompatible', problem: textWith('mamba') }]);
  });

  it('another prompt version', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL, { promptVersion: '0' })]);
    expect(await registry.glance()).toMatchObject([{ state: 'incompatible', problem: textWith('prompt version') }]);
  });

  it('a file outside the models directory', async () => {
    const registry = await open([entryFor(MODEL, { file: '../tiny.gguf' })]);
    expect(await registry.glance()).toMatchObject([{ state: 'incompatible', problem: textWith('outside') }]);
  });

  it('a calibration of another file', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL, { calibration: calibration('0'.repeat(64)) })]);
    expect(await registry.glance()).toMatchObject([{ state: 'incompatible', problem: textWith('calibrat') }]);
  });

  it('an unknown id', async () => {
    const registry = await open([entryFor(MODEL)]);
    expect(() => registry.entry(modelIdSchema.parse('other'))).toThrow(/no model other.*tiny/);
  });
});

describe('the manifest', () => {
  it('may be absent: then there are no models', async () => {
    expect((await openModelRegistry({ modelsDir, promptVersion: '1' })).manifest.models).toEqual([]);
  });

  it('that is not JSON is refused', async () => {
    await writeFile(join(modelsDir, 'manifest.json'), '{');
    await expect(openModelRegistry({ modelsDir, promptVersion: '1' })).rejects.toThrow(/not JSON/);
  });

  it('with a wrong field is refused, naming the field', async () => {
    await expect(open([entryFor(MODEL, { bytes: 0 })])).rejects.toThrow(/models\.0\.bytes/);
  });

  it('with one id twice is refused', async () => {
    await expect(open([entryFor(MODEL), entryFor(MODEL)])).rejects.toThrow(/tiny twice/);
  });
});

describe('saveCalibration', () => {
  it('writes it beside the rest of the manifest', async () => {
    await put(MODEL);
    const registry = await open([entryFor(MODEL)]);
    const fitted = calibration(createHash('sha256').update(MODEL).digest('hex'));
    await registry.saveCalibration(ID, fitted);
    const again = await openModelRegistry({ modelsDir, promptVersion: '1' });
    expect(again.entry(ID)).toEqual({ ...registry.entry(ID), calibration: fitted });
    expect(await readFile(join(modelsDir, 'manifest.json'), 'utf8')).toMatch(/\n$/);
  });

  it('refuses one that was fitted on another file', async () => {
    const registry = await open([entryFor(MODEL)]);
    await expect(registry.saveCalibration(ID, calibration('f'.repeat(64)))).rejects.toMatchObject({ problem: 'incompatible' });
  });
});

function calibration(modelSha256: string): Calibration {
  return {
    modelSha256: sha256Schema.parse(modelSha256),
    temperature: 1.5,
    bias: [0, 0, 0, 0, 0, 0],
    fittedOn: 'a test',
    rows: 10,
    eceBefore: 0.2,
    eceAfter: 0.1,
  };
}
