import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelIdSchema, sha256Schema } from '../../contract/ids.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { createInferenceService, type InferenceService } from '../inference/inferenceService.ts';
import { makeModelDirectory, manifestEntry, type ModelDirectory } from '../inference/testing/modelDirectory.ts';
import { encodeTinyModel } from '../inference/testing/tinyModel.ts';
import { calibrateCritic, type CalibrationPair } from './calibrateCritic.ts';
import { calibratedEmbedders } from './calibratedEmbedders.ts';
import { withCriticEmbedder } from './criticEmbedder.ts';

const ID = modelIdSchema.parse('tiny');
const BYTES = encodeTinyModel({ contextLength: 256 });

let directory: ModelDirectory;
let service: InferenceService;
beforeEach(async () => {
  const stale = {
    modelSha256: sha256Schema.parse('0'.repeat(64)),
    threshold: 0.9,
    weights: { embedding: 0, lexical: 0, structural: 0 },
    fprTarget: 0.05,
    fittedOn: 'another file',
    rows: 1,
  };
  directory = await makeModelDirectory([
    { entry: manifestEntry('tiny', BYTES, { role: 'embedder', criticCalibration: stale }), bytes: BYTES },
  ]);
  service = await createInferenceService({ modelsDir: directory.path });
});
afterEach(async () => {
  await service.dispose();
  await directory.remove();
});

const PAIRS: readonly CalibrationPair[] = Array.from({ length: 40 }, (_, index) => ({
  reference: `tool ${index}`,
  candidate: `added ${index}`,
  label: index % 2 === 0 ? 'malicious' : 'benign',
  lexical: index % 2 === 0 ? 0.9 : 0.1,
  structural: 0.1,
}));

describe('calibrateCritic', () => {
  it('fits through the file and replaces what was fitted on another one', async () => {
    expect(calibratedEmbedders(service.status())).toEqual([]);
    const settings = { service, id: ID, fprTarget: 0.05, fittedOn: 'made-up edits' };
    const { calibration, fitted } = await calibrateCritic({ ...settings, pairs: PAIRS });
    expect(calibration).toMatchObject({ fprTarget: 0.05, rows: 40, fittedOn: 'made-up edits' });
    expect(fitted.recall).toBe(1);
    expect(fitted.falsePositiveRate).toBeLessThanOrEqual(0.05);
    await service.dispose();
    service = await createInferenceService({ modelsDir: directory.path });
    const [entry] = calibratedEmbedders(service.status());
    expect(entry?.criticCalibration).toEqual(calibration);
    if (entry === undefined) return;
    expect(withCriticEmbedder(DEFAULT_CONFIG, entry).critic).toEqual({
      embedder: 'tiny',
      weights: calibration.weights,
      threshold: calibration.threshold,
    });
  });

  it('changes nothing without edits of both sides, or when it is called off', async () => {
    const settings = { service, id: ID, fprTarget: 0.05, fittedOn: 'x' };
    await expect(calibrateCritic({ ...settings, pairs: PAIRS.filter(({ label }) => label === 'benign') })).rejects.toThrow(RangeError);
    await expect(calibrateCritic({ ...settings, pairs: PAIRS, signal: AbortSignal.abort(new Error('off')) })).rejects.toThrow('off');
    expect(service.registry.entry(ID).criticCalibration?.fittedOn).toBe('another file');
  });
});
