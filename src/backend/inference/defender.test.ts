import { describe, expect, it } from 'vitest';
import { ACTIONS, perAction } from '../../contract/actions.ts';
import type { Calibration, ModelEntry } from '../../contract/models.ts';
import type { DecisionModel, DecisionScore } from './decisionModel.ts';
import { createDefender, type Defender } from './defender.ts';
import { InferenceError } from './inferenceError.ts';
import { manifestEntry } from './testing/modelDirectory.ts';
import { observeCall, observeResult } from './testing/observations.ts';

const ENTRY = manifestEntry('scripted', Buffer.from('weights'));
const CALIBRATED: ModelEntry = {
  ...ENTRY,
  calibration: {
    modelSha256: ENTRY.sha256,
    temperature: 1,
    bias: [0, 0, 0, 0, 0, 0],
    fittedOn: 'a test',
    rows: 1,
    eceBefore: 0,
    eceAfter: 0,
  } satisfies Calibration,
};

/** A defender whose model answers with the logarithm of these probabilities. */
function scripted(answer: readonly number[] | DecisionScore | Error, entry: ModelEntry = ENTRY, labelMass = 1): Defender {
  const score: DecisionModel['score'] = (render) => {
    render();
    if (answer instanceof Error) return Promise.reject(answer);
    if ('kind' in answer) return Promise.resolve(answer);
    return Promise.resolve({ kind: 'scored', logits: answer.map((p) => Math.log(p)), labelMass, newTokens: 20, cutTo: null });
  };
  return createDefender({ entry, model: { score }, dispose: () => Promise.resolve() });
}

const UNSURE = [0.6, 0.3, 0.04, 0.03, 0.02, 0.01];

describe('the action', () => {
  it('is the most probable one without a calibration', async () => {
    const [decision] = await scripted(UNSURE).decide([observeResult('hello')]);
    expect(decision).toMatchObject({ action: 'ALLOW', expectedCost: null, abstention: null, restrictions: [] });
    expect(decision?.confidence).toBeCloseTo(0.6, 9);
  });

  it('is the cheapest one with a calibration, under the preset in force', async () => {
    const defender = scripted(UNSURE, CALIBRATED);
    const [balanced] = await defender.decide([observeResult('hello')]);
    expect(balanced?.action).toBe('SPOTLIGHT');
    expect(Math.min(...ACTIONS.map((action) => balanced?.expectedCost?.[action] ?? Number.NaN))).toBe(balanced?.expectedCost?.SPOTLIGHT);
    const likelyFine = scripted([0.86, 0.08, 0.03, 0.01, 0.01, 0.01], CALIBRATED);
    const [strict] = await likelyFine.decide([observeResult('hello')], { costPreset: 'strict' });
    const [permissive] = await likelyFine.decide([observeResult('hello')], { costPreset: 'permissive' });
    expect(strict?.action).not.toBe('ALLOW');
    expect(permissive?.action).toBe('ALLOW');
  });

  it('is weighed against the fitted cost of a false alarm under `permissive`, and then the one that most probably fits', async () => {
    const calibration = { ...(CALIBRATED.calibration as Calibration), falseAlarmCost: 8 };
    const entry: ModelEntry = { ...CALIBRATED, calibration };
    const permissive = { costPreset: 'permissive' } as const;
    const [stopped] = await scripted([0.6, 0.25, 0.01, 0.02, 0.02, 0.1], entry).decide([observeResult('hello')], permissive);
    expect(stopped?.action).toBe('BLOCK');
    expect(Math.min(...ACTIONS.map((action) => stopped?.expectedCost?.[action] ?? Number.NaN))).toBe(stopped?.expectedCost?.BLOCK);
    const quiet = scripted([0.85, 0.03, 0.03, 0.03, 0.03, 0.03], entry);
    expect((await quiet.decide([observeResult('hello')], permissive))[0]?.action).toBe('ALLOW');
    const unfitted = scripted([0.85, 0.03, 0.03, 0.03, 0.03, 0.03], CALIBRATED);
    const [fitted, without] = [(await quiet.decide([observeResult('hello')]))[0], (await unfitted.decide([observeResult('hello')]))[0]];
    expect(fitted?.expectedCost).toEqual(without?.expectedCost);
  });

  it('carries restrictions when capabilities are taken away, and only then', async () => {
    const mediating = [0.01, 0.01, 0.01, 0.01, 0.95, 0.01];
    const [decision] = await scripted(mediating, CALIBRATED).decide([observeCall('/home/ana/.ssh/id_rsa')]);
    expect(decision?.action).toBe('CAPABILITY_MEDIATION');
    expect(decision?.restrictions.length).toBeGreaterThan(0);
    const [blocked] = await scripted([0.01, 0.95, 0.01, 0.01, 0.01, 0.01], CALIBRATED).decide([observeCall('/home/ana/.ssh/id_rsa')]);
    expect(blocked?.restrictions).toEqual([]);
  });

  it('never compares a message that has no reference, since it would be forwarded', async () => {
    const comparing = [0.2, 0.01, 0.01, 0.76, 0.01, 0.01];
    const [decision] = await scripted(comparing, CALIBRATED).decide([observeResult('hello')]);
    expect(decision?.action).not.toBe('SEMANTIC_DIFF');
  });
});

describe('a model that gives no usable answer', () => {
  it.each([
    ['label_mass_low', scripted(UNSURE, CALIBRATED, 0.49)],
    ['input_too_long', scripted({ kind: 'too_long' }, CALIBRATED)],
    ['model_failed', scripted(new InferenceError('runtime', 'llama.cpp failed'), CALIBRATED)],
  ] as const)('%s: holds what is read, restricts what acts', async (abstention, defender) => {
    const [read, act] = await defender.decide([observeResult('hello'), observeCall('/home/ana/.ssh/id_rsa')]);
    expect(read).toMatchObject({ action: 'SPOTLIGHT', abstention, restrictions: [] });
    expect(act).toMatchObject({ action: 'CAPABILITY_MEDIATION', abstention });
    expect(act?.restrictions.length).toBeGreaterThan(0);
    expect(act?.rationale).not.toBe('');
  });

  it('says nothing it does not know', async () => {
    const [decision] = await scripted({ kind: 'too_long' }).decide([observeResult('hello')]);
    expect(decision).toMatchObject({ probabilities: perAction(() => 1 / 6), labelMass: 0, newTokens: 0 });
  });

  it('reports the failure', async () => {
    const failures: unknown[] = [];
    const failure = new Error('broken');
    const defender = createDefender({
      entry: ENTRY,
      model: { score: () => Promise.reject(failure) },
      dispose: () => Promise.resolve(),
      onFailure: (error) => failures.push(error),
    });
    await defender.decide([observeResult('hello')]);
    expect(failures).toEqual([failure]);
  });

  it('does not decide for whoever has gone', async () => {
    const control = new AbortController();
    control.abort(new Error('stopped'));
    await expect(scripted(new Error('any')).decide([observeResult('hello')], { signal: control.signal })).rejects.toThrow('stopped');
    await expect(scripted(new InferenceError('disposed', 'unloaded')).decide([observeResult('hello')])).rejects.toMatchObject({
      problem: 'disposed',
    });
  });
});

describe('decisionMs', () => {
  it('covers the whole decision from rendering on, but not the wait for its turn', async () => {
    let clock = 0;
    const defender = createDefender({
      entry: ENTRY,
      now: () => clock,
      dispose: () => Promise.resolve(),
      model: {
        score: async (render) => {
          clock += 1_000;
          render();
          clock += 5;
          render(100);
          clock += 2;
          return { kind: 'too_long' };
        },
      },
    });
    const [decision] = await defender.decide([observeResult('hello')]);
    expect(decision?.decisionMs).toBe(7);
  });
});
