import { describe, expect, it } from 'vitest';
import { sha256Schema } from '../../contract/ids.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { manifestEntry } from '../inference/testing/modelDirectory.ts';
import { withCriticEmbedder } from './criticEmbedder.ts';

const entry = (changes: Parameters<typeof manifestEntry>[2]) => manifestEntry('tiny', Buffer.from('x'), changes);

describe('withCriticEmbedder', () => {
  const { sha256 } = entry({});
  const criticCalibration = {
    modelSha256: sha256,
    threshold: 0.5,
    weights: { embedding: 0.7, lexical: 0.6, structural: 0.5 },
    fprTarget: 0.05,
    fittedOn: 'edits',
    rows: 100,
  };

  it('takes the weights and the threshold that were calibrated for the embedder', () => {
    const { weights, threshold } = criticCalibration;
    expect(withCriticEmbedder(DEFAULT_CONFIG, entry({ role: 'embedder', criticCalibration })).critic).toEqual({
      embedder: 'tiny',
      weights,
      threshold,
    });
    expect(withCriticEmbedder(DEFAULT_CONFIG, entry({ role: 'embedder' })).critic).toEqual({ ...DEFAULT_CONFIG.critic, embedder: 'tiny' });
  });

  it('refuses a calibration of another file', () => {
    const foreign = entry({
      role: 'embedder',
      criticCalibration: { ...criticCalibration, modelSha256: sha256Schema.parse('0'.repeat(64)) },
    });
    expect(() => withCriticEmbedder(DEFAULT_CONFIG, foreign)).toThrow(/fitted on another file/);
  });

  it('refuses a model of another role', () => {
    expect(() => withCriticEmbedder(DEFAULT_CONFIG, entry({ role: 'trained' }))).toThrow(/no embedder/);
  });
});
