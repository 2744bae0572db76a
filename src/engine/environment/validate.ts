import { ACTIONS, CAPABILITIES } from '../../contract/actions.ts';
import { SPLITS, type DefenderAction, type EnvironmentConfig } from '../../contract/episodes.ts';
import { PHASES, type Phase } from '../../contract/observation.ts';
import { EnvironmentError } from './errors.ts';

const ACTION_SET: ReadonlySet<string> = new Set(ACTIONS);
const CAPABILITY_SET: ReadonlySet<string> = new Set(CAPABILITIES);
/** Longer rationales are refused: nobody reads them, and the verifier's patterns run over every character. */
export const MAX_RATIONALE_CHARACTERS = 8_000;
const MAX_EPISODE_LENGTH = 1_024;

/** @throws EnvironmentError `invalid_action`, naming the field. */
export function assertAction(action: DefenderAction): void {
  if (typeof action !== 'object' || action === null) throw invalid('action', 'the action must be an object');
  if (!ACTION_SET.has(action.action)) throw invalid('action.action', `must be one of ${ACTIONS.join(', ')}`);
  assertRange(action.confidence, 'action.confidence', 0, 1);
  assertRange(action.decisionMs, 'action.decisionMs', 0, Number.MAX_SAFE_INTEGER);
  assertRange(action.embeddingDistance, 'action.embeddingDistance', 0, 2);
  if (action.rationale !== undefined) {
    if (typeof action.rationale !== 'string') throw invalid('action.rationale', 'must be text');
    if (action.rationale.length > MAX_RATIONALE_CHARACTERS)
      throw invalid('action.rationale', `must have at most ${MAX_RATIONALE_CHARACTERS} characters, got ${action.rationale.length}`);
  }
  if (action.restrictions !== undefined) assertRestrictions(action.restrictions);
}

function assertRestrictions(restrictions: unknown): void {
  if (!Array.isArray(restrictions)) throw invalid('action.restrictions', 'must be a list of capabilities');
  for (const [index, capability] of (restrictions as readonly unknown[]).entries())
    if (typeof capability !== 'string' || !CAPABILITY_SET.has(capability))
      throw invalid(`action.restrictions.${index}`, `must be one of ${CAPABILITIES.join(', ')}`);
}

function assertRange(value: number | undefined, field: string, low: number, high: number): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= low && value <= high)) throw invalid(field, `must be a number from ${low} to ${high}`);
}

function invalid(field: string, what: string): EnvironmentError {
  return new EnvironmentError('invalid_action', field, `${field} ${what}.`);
}

/** @throws EnvironmentError `invalid_start`. */
export function assertStart(seed: number, phase: Phase): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new EnvironmentError('invalid_start', 'seed', `seed must be an integer from 0 to ${0xffffffff}.`);
  if (!PHASES.includes(phase)) throw new EnvironmentError('invalid_start', 'phase', `phase must be one of ${PHASES.join(', ')}.`);
}

/** @throws EnvironmentError `invalid_config`, naming the field. */
export function assertConfig(config: EnvironmentConfig): void {
  if (!SPLITS.includes(config.split)) throw invalidConfig('split', `must be one of ${SPLITS.join(', ')}`);
  integer(config.episodeLength, 'episodeLength', 1, MAX_EPISODE_LENGTH);
  integer(config.budgetTicks, 'budgetTicks', 1, MAX_EPISODE_LENGTH * 8);
  number(config.decisionDeadlineMs, 'decisionDeadlineMs', 1, 3_600_000);
  number(config.retryProbability, 'retryProbability', 0, 1);
  const { curriculum, critic } = config;
  number(curriculum.alpha, 'curriculum.alpha', 0, 1);
  curriculum.thresholds.forEach((threshold, index) => number(threshold, `curriculum.thresholds.${index}`, 0, 1));
  integer(curriculum.minEpisodes, 'curriculum.minEpisodes', 1, 1_000_000);
  for (const phase of PHASES) {
    const rates = curriculum.phases[phase];
    const path = `curriculum.phases.${phase}`;
    number(rates.malicious, `${path}.malicious`, 0, 1);
    number(rates.obfuscated, `${path}.obfuscated`, 0, rates.malicious, 'the malicious rate');
    number(rates.stdio, `${path}.stdio`, 0, rates.malicious, 'the malicious rate');
  }
  number(critic.threshold, 'critic.threshold', 0, 1);
  number(critic.weights.embedding, 'critic.weights.embedding', 0, 1);
  number(critic.weights.lexical, 'critic.weights.lexical', 0, 1);
  number(critic.weights.structural, 'critic.weights.structural', 0, 1);
}

function number(value: number, field: string, low: number, high: number, highName = String(high)): void {
  if (!(value >= low && value <= high)) throw invalidConfig(field, `must be a number from ${low} to ${highName}`);
}

function integer(value: number, field: string, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) throw invalidConfig(field, `must be an integer from ${low} to ${high}`);
}

function invalidConfig(field: string, what: string): EnvironmentError {
  return new EnvironmentError('invalid_config', `config.${field}`, `config.${field} ${what}.`);
}
