import { perAction, type Action } from '../../contract/actions.ts';
import type { Decision } from '../../contract/decisions.ts';
import type { EnvironmentConfig, Verdict } from '../../contract/episodes.ts';
import { episodeIdSchema, modelIdSchema, sha256Schema, type EpisodeId } from '../../contract/ids.ts';
import type { Lane, LaneStep } from '../../contract/live.ts';
import type { EpisodeRecord, StepRecord } from '../store/episodeStore.ts';

/** Plain records for tests of the backend; nothing here reaches the product. */

export function episodeId(number: number): EpisodeId {
  return episodeIdSchema.parse(`ep-${number.toString(16).padStart(16, '0')}`);
}

export const TEST_CONFIG: EnvironmentConfig = {
  split: 'test',
  episodeLength: 20,
  budgetTicks: 20,
  decisionDeadlineMs: 1_000,
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
  critic: { embedder: 'hashed', threshold: 0.3, weights: { embedding: 0.5, lexical: 0.3, structural: 0.2 } },
};

export function episodeRecord(number: number): EpisodeRecord {
  const sha256 = sha256Schema.parse('a'.repeat(64));
  return {
    id: episodeId(number),
    seed: 4_294_967_295 - number,
    phase: 'bootstrapping',
    curriculum: { phase: 'bootstrapping', average: 0.25, episodesInPhase: number },
    config: TEST_CONFIG,
    corpusSha256: 'c'.repeat(64),
    models: {
      baseline: { id: modelIdSchema.parse('nano-base'), sha256 },
      trained: { id: modelIdSchema.parse('nano-omniguard'), sha256 },
    },
    startedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, number)).toISOString(),
  };
}

export function decision(action: Action, overrides: Partial<Decision> = {}): Decision {
  return {
    action,
    probabilities: perAction((other) => (other === action ? 0.9 : 0.02)),
    expectedCost: null,
    confidence: 0.9,
    labelMass: 0.99,
    restrictions: [],
    rationale: 'The text asks for nothing that the task does not need.',
    evidence: [{ code: 'base64_layer', text: 'base64 layer in description', pointer: '/result/tools/0/description' }],
    abstention: null,
    decisionMs: 1.5,
    newTokens: 12,
    ...overrides,
  };
}

export interface StepOverrides {
  readonly action?: Action;
  readonly verdict?: Verdict;
  readonly reward?: number;
  readonly text?: string;
}

export function laneStep(id: EpisodeId, lane: Lane, position: number, overrides: StepOverrides = {}): LaneStep {
  const { action = 'ALLOW', verdict = 'TN', reward = 0.22, text = 'Reads the weather, «π» 😀' } = overrides;
  return {
    lane,
    episodeId: id,
    position,
    message: {
      kind: 'result',
      message: { jsonrpc: '2.0', id: position, result: { content: [{ type: 'text', text }] } },
      context: { transport: 'stdio', server: 'weather', tool: 'forecast' },
    },
    normalizedText: text.slice(0, 8_000),
    hints: [{ code: 'base64_layer', text: 'base64 layer in content' }],
    layers: [{ encoding: 'base64', pointer: '/result/content/0/text', text: 'decoded' }],
    budgetLeft: 20 - position,
    decision: decision(action),
    info: {
      verdict,
      outcome: 'forwarded',
      truth: { malicious: false, vector: 'none', obfuscation: [], stdioEscape: false, needs: ['net.egress'], fitting: 'ALLOW' },
      reward: { security: reward - 0.02, usability: 0, latency: 0, format: 0.02, total: reward, usabilityParts: {} },
      verifier: { flags: [], risk: 'low' },
      critic: null,
      ticks: 1,
      retry: false,
      counterfactual: perAction(() => 0),
    },
  };
}

export function stepRecord(id: EpisodeId, lane: Lane, position: number, overrides: StepOverrides = {}): StepRecord {
  return { step: laneStep(id, lane, position, overrides), countedMs: 1.5, embeddingDistance: null };
}
