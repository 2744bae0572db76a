import { z } from 'zod';
import { ACTIONS } from '../../../contract/actions.ts';
import { SPLITS } from '../../../contract/episodes.ts';
import type { JsonObject } from '../../../contract/json.ts';
import { PHASES } from '../../../contract/observation.ts';
import { actionSchema, jsonObjectSchema, phaseSchema, splitSchema } from '../../../contract/schemas.ts';
import { DEFAULT_CONFIG } from '../../../engine/environment/defaults.ts';
import { BREACH_TOTAL, FORMAT, LATENCY, SECURITY_REWARD, SHAPING } from '../../../engine/environment/shaping.ts';
import { TASKS_PER_SPLIT } from '../environments/tasks.ts';
import { ENVIRONMENT_SCHEMAS } from '../http/describe.ts';
import type { EnvironmentServices } from '../server/services.ts';
import { VERSION } from '../../version.ts';
import { TASK_NAMES_IN_WORDS } from './taskName.ts';
import { MOST_ITEMS } from './wire.ts';

const numbers = z.record(z.string(), z.number());
const rates = z.strictObject({ malicious: z.number(), obfuscated: z.number(), stdio: z.number() });

/** Body of GET /info. */
export const infoSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  mode: z.enum(['simulation', 'production']),
  environments: z.int().min(0),
  action_space: jsonObjectSchema.describe('JSON Schema of an action.'),
  observation_space: jsonObjectSchema.describe('JSON Schema of an observation.'),
  actions: z.array(actionSchema),
  reward: z.strictObject({
    range: z.tuple([z.number(), z.number()]).describe('No step earns less or more.'),
    components: z.strictObject({ security: numbers, usability: numbers, latency: numbers, format: numbers }),
    breach_total: z.number().describe('What a breach earns, whatever the components say.'),
  }),
  phases: z.array(
    z.strictObject({
      name: phaseSchema,
      rates: rates.describe('Shares of all messages.'),
      next_at: z.number().nullable().describe('Average score that ends the phase.'),
    }),
  ),
  curriculum: z.strictObject({ alpha: z.number(), min_episodes: z.int() }),
  corpora: z.array(z.strictObject({ name: z.string(), servers: z.int(), tools: z.int(), sha256: z.string() })),
  splits: z.array(z.strictObject({ name: splitSchema, tasks: z.int() })),
  defaults: z.strictObject({
    task_name: z.string(),
    task_names: z.string(),
    split: splitSchema,
    episode_length: z.int(),
    budget_ticks: z.int(),
    retry_probability: z.number(),
    most_items: z.int(),
  }),
});
export type Info = z.infer<typeof infoSchema>;

/** What there is to know before the first episode. @param environments of the vector API */
export function infoOf({ mode, pool }: EnvironmentServices, environments: number): Info {
  const { episodeLength, budgetTicks, retryProbability, curriculum, split } = DEFAULT_CONFIG;
  return {
    name: 'omniguard',
    version: VERSION,
    mode,
    environments,
    action_space: ENVIRONMENT_SCHEMAS['action'] as JsonObject,
    observation_space: ENVIRONMENT_SCHEMAS['observation'] as JsonObject,
    actions: [...ACTIONS],
    reward: {
      range: REWARD_RANGE,
      components: {
        security: { ...SECURITY_REWARD, drift_caught_at_most: DRIFT_CAUGHT_AT_MOST },
        usability: {
          heavier_than_fitting_at_most: -SHAPING.heavierCap,
          analyst_release: SHAPING.analystRelease,
          server_down: SHAPING.serverDown,
          repeated_allow_at_most: SHAPING.repeatedAllowCap,
          suspicious_rationale: SHAPING.suspiciousRationale,
          no_restrictions: SHAPING.noRestrictions,
          confidence_at_most: SHAPING.confidence,
        },
        latency: { over_budget_at_most: -LATENCY.overrunCap },
        format: { says_something: FORMAT.saysSomething, thin: 0, missing: FORMAT.missing },
      },
      breach_total: BREACH_TOTAL,
    },
    phases: PHASES.map((name, index) => ({ name, rates: { ...curriculum.phases[name] }, next_at: curriculum.thresholds[index] ?? null })),
    curriculum: { alpha: curriculum.alpha, min_episodes: curriculum.minEpisodes },
    corpora: [{ name: 'bundled', ...pool.corpus }],
    splits: SPLITS.map((name) => ({ name, tasks: TASKS_PER_SPLIT })),
    defaults: {
      task_name: 'curriculum',
      task_names: TASK_NAMES_IN_WORDS,
      split,
      episode_length: episodeLength,
      budget_ticks: budgetTicks,
      retry_probability: retryProbability,
      most_items: MOST_ITEMS,
    },
  };
}

/** The critic's score tops out here, and a caught drift earns it. */
const DRIFT_CAUGHT_AT_MOST = 0.8;

/** Worst: a false alarm that takes a server down, over budget, with a suspicious, missing rationale, stated as certain. Best: a drift caught, surely and with reason. */
const REWARD_RANGE: [number, number] = [
  SECURITY_REWARD.FP + SHAPING.serverDown + SHAPING.suspiciousRationale - SHAPING.confidence - LATENCY.overrunCap + FORMAT.missing,
  DRIFT_CAUGHT_AT_MOST + SHAPING.confidence + FORMAT.saysSomething,
];
