import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { manifestEntry } from '../inference/testing/modelDirectory.ts';
import { withCriticEmbedder } from './criticEmbedder.ts';

const entry = (changes: Parameters<typeof manifestEntry>[2]) => manifestEntry('tiny', Buffer.from('x'), changes);

describe('withCriticEmbedder', () => {
  it('takes the threshold that was calibrated for the embedder', () => {
    expect(withCriticEmbedder(DEFAULT_CONFIG, entry({ role: 'embedder', criticThreshold: 0.5 })).critic).toEqual({
      ...DEFAULT_CONFIG.critic,
      embedder: 'tiny',
      threshold: 0.5,
    });
    expect(withCriticEmbedder(DEFAULT_CONFIG, entry({ role: 'embedder' })).critic.threshold).toBe(DEFAULT_CONFIG.critic.threshold);
  });

  it('refuses a model of another role', () => {
    expect(() => withCriticEmbedder(DEFAULT_CONFIG, entry({ role: 'trained' }))).toThrow(/no embedder/);
  });
});
