import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DECISION_LAYOUT } from '../inference/inferenceService.ts';
import layout from '../inference/prompt/layout.json' with { type: 'json' };
import { makeModelDirectory, manifestEntry, type ModelDirectory } from '../inference/testing/modelDirectory.ts';
import { encodeTinyModel } from '../inference/testing/tinyModel.ts';
import { benchmarkDecision } from './decision.ts';

let directory: ModelDirectory;

beforeAll(async () => {
  // The fixture's tokens are characters, so it needs a longer context than a real model.
  const bytes = encodeTinyModel({ controlTokens: layout.controlTokens, labels: DECISION_LAYOUT.labels, contextLength: 4_096 });
  directory = await makeModelDirectory([{ entry: manifestEntry('tiny', bytes, { promptVersion: layout.version }), bytes }]);
});

afterAll(() => directory.remove());

describe('benchmarkDecision', () => {
  it('measures both lengths, the pipeline against its peer, and finds equal answers', async () => {
    const report = await benchmarkDecision({ modelsDir: directory.path, threads: 1, rounds: 3 });
    const figure = (name: string): number => report.figures.find((candidate) => candidate.name === name)?.value ?? Number.NaN;
    for (const count of [200, 48]) {
      const p50 = figure(`decision of ${count} new tokens, p50`);
      expect(p50).toBeGreaterThan(0);
      expect(figure(`decision of ${count} new tokens, p95`)).toBeGreaterThanOrEqual(p50);
    }
    expect(figure('same probabilities alone and batched')).toBe(1);
    expect(figure('same probabilities after a state reload')).toBe(1);
    const { ratio } = report;
    expect(ratio?.value).toBeCloseTo(figure(ratio?.ours ?? '') / figure(ratio?.peer ?? ''), 9);
  });

  it('says so when there is no model to measure', async () => {
    const empty = await makeModelDirectory([]);
    await expect(benchmarkDecision({ modelsDir: empty.path })).rejects.toMatchObject({ problem: 'missing' });
    await empty.remove();
  });
});
