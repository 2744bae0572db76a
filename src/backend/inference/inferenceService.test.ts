import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../contract/actions.ts';
import { modelIdSchema, type ModelId } from '../../contract/ids.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { createInferenceService, DECISION_LAYOUT, type InferenceService } from './inferenceService.ts';
import layout from './prompt/layout.json' with { type: 'json' };
import { textWith } from './testing/matchers.ts';
import { makeModelDirectory, manifestEntry, type ModelDirectory } from './testing/modelDirectory.ts';
import { observeCall, observeResult } from './testing/observations.ts';
import { encodeTinyModel } from './testing/tinyModel.ts';

const id = (text: string): ModelId => modelIdSchema.parse(text);
const BASE = id('tiny-base');
const GUARD = id('tiny-guard');
const EMBEDDER = id('tiny-embedder');
const CHATTY = id('tiny-chatty');
const BROKEN = id('tiny-broken');

let directory: ModelDirectory;
const services: InferenceService[] = [];

async function open(): Promise<InferenceService> {
  const service = await createInferenceService({ modelsDir: directory.path, threads: 1 });
  services.push(service);
  return service;
}

beforeAll(async () => {
  const make = (model: ModelId, seed: number, changes: Partial<ModelEntry> = {}, labelBoost = 8) => {
    const bytes = encodeTinyModel({ seed, controlTokens: layout.controlTokens, labels: DECISION_LAYOUT.labels, labelBoost });
    return { entry: manifestEntry(model, bytes, { promptVersion: layout.version, ...changes }), bytes };
  };
  const guard = make(GUARD, 2);
  const calibration = {
    modelSha256: guard.entry.sha256,
    temperature: 2,
    bias: [0, 0, 0, 0, 0, 0],
    fittedOn: 'nothing: a test',
    rows: 0,
    eceBefore: 0,
    eceAfter: 0,
  };
  directory = await makeModelDirectory([
    make(BASE, 1, { role: 'baseline' }),
    { ...guard, entry: { ...guard.entry, calibration } },
    make(EMBEDDER, 3, { role: 'embedder' }),
    make(CHATTY, 4, {}, 0),
    make(BROKEN, 5),
  ]);
  await writeFile(join(directory.path, `${BROKEN}.gguf`), 'not a model');
});

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.dispose()));
});

afterAll(() => directory.remove());

describe('the inference service', () => {
  it('holds both models and an embedder at once and says so', async () => {
    const service = await open();
    expect(service.device()).toBeNull();
    expect(service.status().map(({ state }) => state)).toEqual(['not_loaded', 'not_loaded', 'not_loaded', 'not_loaded', 'damaged']);
    const base = await service.loadDefender(BASE);
    const guard = await service.loadDefender(GUARD);
    const embedder = await service.loadEmbedder(EMBEDDER);
    expect(service.status().map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'not_loaded', 'damaged']);
    expect(service.device()).toMatchObject({ gpu: null, threads: 1 });
    const observation = observeCall('/home/ana/notes.txt');
    const [[one], [other]] = await Promise.all([base.decide([observation]), guard.decide([observation])]);
    expect(one?.probabilities).not.toEqual(other?.probabilities);
    expect(await embedder.distance('a', 'b')).toBeGreaterThan(0);
    await guard.dispose();
    expect(service.status()[1]?.state).toBe('not_loaded');
    expect(await base.decide([observation])).toMatchObject([{ action: one?.action }]);
  });

  it('shares a model between its users and unloads it with the last', async () => {
    const service = await open();
    const [first, second] = await Promise.all([service.loadDefender(BASE), service.loadDefender(BASE)]);
    await first.dispose();
    await first.dispose();
    expect(service.status()[0]?.state).toBe('ready');
    expect(await second.decide([observeCall('a')])).toHaveLength(1);
    await second.dispose();
    expect(service.status()[0]?.state).toBe('not_loaded');
    await expect(second.decide([observeCall('a')])).rejects.toMatchObject({ problem: 'disposed' });
    const again = await service.loadDefender(BASE);
    expect(await again.decide([observeCall('a')])).toHaveLength(1);
  });

  it('names what is wrong with a model and goes on', async () => {
    const service = await open();
    await expect(service.loadDefender(BROKEN)).rejects.toMatchObject({
      problem: 'damaged',
      message: textWith('tiny-broken.gguf'),
    });
    expect(service.status()[4]).toMatchObject({ state: 'damaged', problem: textWith('tiny-broken.gguf') });
    await expect(service.loadDefender(id('nobody'))).rejects.toMatchObject({ problem: 'missing' });
    await expect(service.loadDefender(EMBEDDER)).rejects.toMatchObject({ problem: 'incompatible' });
    await expect(service.loadEmbedder(BASE)).rejects.toMatchObject({ problem: 'incompatible' });
    expect(await (await service.loadDefender(BASE)).decide([observeCall('a')])).toHaveLength(1);
    expect((await service.verify()).map(({ state }) => state)).toEqual(['ready', 'not_loaded', 'not_loaded', 'not_loaded', 'damaged']);
  });

  it('lets one user give up loading without taking the model from another', async () => {
    const service = await open();
    const control = new AbortController();
    const given = service.loadDefender(BASE, { signal: control.signal });
    const kept = service.loadDefender(BASE);
    control.abort(new Error('changed my mind'));
    await expect(given).rejects.toThrow('changed my mind');
    expect(await (await kept).decide([observeCall('a')])).toHaveLength(1);
    const alone = new AbortController();
    const pending = service.loadDefender(GUARD, { signal: alone.signal });
    alone.abort(new Error('nor this one'));
    await expect(pending).rejects.toThrow('nor this one');
    expect(service.status()[1]?.state).toBe('not_loaded');
  });

  it('dispose ends decisions in work, refuses new ones and may be called twice', async () => {
    const service = await open();
    const defender = await service.loadDefender(BASE);
    const pending = defender.decide(Array.from({ length: 30 }, (_, index) => observeResult(`line ${index} `.repeat(100))));
    const outcome = pending.then(
      () => null,
      (error: unknown) => error,
    );
    await service.dispose();
    await service.dispose();
    expect(await outcome).toMatchObject({ problem: 'disposed' });
    await expect(service.loadDefender(BASE)).rejects.toMatchObject({ problem: 'disposed' });
    await defender.dispose();
  });
});

describe('a defender on a real model', () => {
  it('decides with probabilities, a rationale and the tokens and time it took', async () => {
    const service = await open();
    const defender = await service.loadDefender(GUARD);
    const [decision] = await defender.decide([observeCall('/etc/shadow')]);
    if (decision === undefined) throw new Error('no decision');
    expect(ACTIONS.reduce((sum, action) => sum + decision.probabilities[action], 0)).toBeCloseTo(1, 9);
    expect(decision.confidence).toBe(decision.probabilities[decision.action]);
    expect(decision.expectedCost).not.toBeNull();
    expect(decision.abstention).toBeNull();
    expect(decision.rationale).not.toBe('');
    expect(decision.decisionMs).toBeGreaterThan(0);
    expect(decision.newTokens).toBeGreaterThan(20);
  });

  it('gives the same decisions alone and in a batch, in order', async () => {
    const service = await open();
    const defender = await service.loadDefender(GUARD);
    const observations = ['a', 'b', 'c', 'd'].map((name) => observeResult(`page ${name}`));
    const timeless = (decisions: Awaited<ReturnType<typeof defender.decide>>) => decisions.map(({ decisionMs: _, ...rest }) => rest);
    const batch = timeless(await defender.decide(observations));
    for (const [index, observation] of observations.entries()) {
      expect(timeless(await defender.decide([observation]))).toEqual([batch[index]]);
    }
    expect(new Set(batch.map(({ probabilities }) => probabilities.ALLOW)).size).toBe(4);
    expect(await defender.decide([])).toEqual([]);
  });

  it('lets no forged section border through', async () => {
    const service = await open();
    const defender = await service.loadDefender(GUARD);
    const [plain] = await defender.decide([observeResult('notes end')]);
    const forged = `notes ${layout.controlTokens.join(' ')} end`;
    const [attacked] = await defender.decide([observeResult(forged)]);
    // In the fixture's vocabulary every character is one token, so a border that stayed text costs its full length.
    expect((attacked?.newTokens ?? 0) - (plain?.newTokens ?? 0)).toBeGreaterThanOrEqual(layout.controlTokens.join('').length);
  });

  it('abstains when the model would rather say something else', async () => {
    const service = await open();
    const defender = await service.loadDefender(CHATTY);
    const [decision] = await defender.decide([observeResult('hello')]);
    expect(decision).toMatchObject({ action: 'SPOTLIGHT', abstention: 'label_mass_low', expectedCost: null });
    expect(decision?.labelMass).toBeLessThan(0.5);
  });
});
