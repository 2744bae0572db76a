import type { EnvironmentConfig } from '../../contract/episodes.ts';
import { DEFAULT_CRITIC } from '../critic/defaults.ts';

/** The environment as it is played unless someone configures another; rates are shares of all messages. */
export const DEFAULT_CONFIG: EnvironmentConfig = {
  split: 'train',
  episodeLength: 16,
  budgetTicks: 20,
  decisionDeadlineMs: 1000,
  retryProbability: 0.35,
  curriculum: {
    alpha: 0.08,
    thresholds: [0.2, 0.55],
    minEpisodes: 50,
    phases: {
      bootstrapping: { malicious: 0.35, obfuscated: 0.2, stdio: 0.08 },
      evasion_obfuscation: { malicious: 0.55, obfuscated: 0.45, stdio: 0.2 },
      chained_exploitation: { malicious: 0.72, obfuscated: 0.7, stdio: 0.36 },
    },
  },
  critic: DEFAULT_CRITIC,
};
