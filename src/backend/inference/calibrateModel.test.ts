import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../contract/actions.ts';
import { modelIdSchema, sha256Schema } from '../../contract/ids.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { calibrateModel, type CalibrationRow } from './calibrateModel.ts';
import { createInferenceService, DECISION_LAYOUT, type InferenceService } from './inferenceService.ts';
import layout from './prompt/layout.json' with { type: 'json' };
import { makeModelDirectory, manifestEntry, type ModelDirectory } from './testing/modelDirectory.ts';
import { encodeTinyModel } from './testing/tinyModel.ts';

const ID = modelIdSchema.parse('tiny');
const BYTES = encodeTinyModel({ controlTokens: layout.controlTokens, labels: DECISION_LAYOUT.labels });

let directory: ModelDirectory | null = null;
let service: InferenceService | null = null;

async function open(changes: Partial<ModelEntry> = {}): Promise<InferenceService> {
  directory ??= await makeModelDirectory([
    { entry: manifestEntry('tiny', BYTES, { promptVersion: layout.version, ...changes }), bytes: BYTES },
  ]);
  await service?.dispose();
  service = await createInferenceService({ modelsDir: directory.path });
  return service;
}

beforeEach(() => {
  directory = null;
  service = null;
});

afterEach(async () => {
  await service?.dispose();
  await directory?.remove();
});

const rows = (count: number): CalibrationRow[] =>
  Array.from({ length: count }, (_, index) => ({ body: `message ${index}`, fitting: ACTIONS[index % ACTIONS.length] ?? 'ALLOW' }));

const settings = { id: ID, bias: false, fittedOn: 'made-up rows' };

describe('calibrateModel', () => {
  it('fits through the shipped file and writes it into the manifest, where a defender finds it', async () => {
    const { calibration, tooLong } = await calibrateModel({ ...settings, service: await open(), rows: rows(60) });
    expect(tooLong).toBe(0);
    expect(calibration).toMatchObject({ rows: 60, fittedOn: 'made-up rows', bias: [0, 0, 0, 0, 0, 0] });
    // Answers that know nothing of the rows are best spread out.
    expect(calibration.temperature).toBeGreaterThan(1);
    expect(calibration.eceAfter).toBeLessThan(calibration.eceBefore);
    const again = await open();
    expect(again.registry.entry(ID).calibration).toEqual(calibration);
    const defender = await again.loadDefender(ID);
    expect(defender.entry.calibration).toEqual(calibration);
  });

  it('replaces a calibration of another file, which no defender accepts', async () => {
    const stale = {
      modelSha256: sha256Schema.parse('0'.repeat(64)),
      temperature: 9,
      bias: [0, 0, 0, 0, 0, 0],
      fittedOn: 'another file',
      rows: 1,
      eceBefore: 0,
      eceAfter: 0,
    };
    const opened = await open({ calibration: stale });
    await expect(opened.loadDefender(ID)).rejects.toMatchObject({ problem: 'incompatible' });
    await calibrateModel({ ...settings, service: opened, rows: rows(12) });
    const again = await open();
    expect(await again.verify()).toMatchObject([{ state: 'not_loaded', problem: null }]);
  });

  it('leaves out messages that do not fit, and refuses to fit nothing', async () => {
    const opened = await open();
    const tooLong: CalibrationRow = { body: 'x'.repeat(5_000), fitting: 'ALLOW' };
    expect(await calibrateModel({ ...settings, service: opened, rows: [tooLong, ...rows(6)] })).toMatchObject({
      tooLong: 1,
      calibration: { rows: 6 },
    });
    await expect(calibrateModel({ ...settings, service: opened, rows: [tooLong] })).rejects.toThrow(RangeError);
  });

  it('leaves the manifest alone when it is interrupted or the file is not there', async () => {
    const opened = await open();
    const control = new AbortController();
    const failing = calibrateModel({
      ...settings,
      service: opened,
      rows: rows(50),
      signal: control.signal,
      onProgress: (done) => {
        if (done === 10) control.abort(new Error('interrupted'));
      },
    });
    await expect(failing).rejects.toThrow('interrupted');
    await rm(join(directory?.path ?? '', 'tiny.gguf'));
    await expect(calibrateModel({ ...settings, service: opened, rows: rows(6) })).rejects.toMatchObject({ problem: 'missing' });
    expect((await open()).registry.entry(ID).calibration).toBeNull();
  });
});
