import { z } from 'zod';
import { ACTIONS } from '../../../contract/actions.ts';
import { phaseSchema, splitSchema } from '../../../contract/schemas.ts';
import type { EnvironmentServices } from '../server/services.ts';
import type { VectorEnvironments } from './vectorEnvironments.ts';

const count = z.int().min(0);
const mean = z.number().nullable();

export const queuesSchema = z.strictObject({
  workers: z.array(z.strictObject({ worker: count, environments: count, depth: count, restarts: count })),
  inference: count.describe('Decisions of /api/infer waiting or being taken.'),
});

const environmentRowSchema = z.strictObject({
  env_id: count,
  condition: z.enum(['new', 'playing', 'done', 'lost']),
  worker: count,
  task: z.strictObject({ name: z.string(), seed: count, phase: phaseSchema, split: splitSchema }).nullable(),
  episodes: count,
  steps: count,
  episode_reward: z.number(),
  episode_steps: count,
});

/** Body of GET /metrics as JSON. All but the rates counts from the start of the server. */
export const metricsSchema = z.strictObject({
  uptime_ms: z.number(),
  sessions: z.strictObject({ active: count, capacity: count }),
  rates: z
    .strictObject({ requests_per_second: z.number(), steps_per_second: z.number() })
    .describe('Over the last ten seconds, all transports.'),
  queues: queuesSchema,
  vector: z
    .strictObject({
      environments: count,
      episodes: count,
      steps: count,
      mean_reward: mean.describe('Per step; null before the first.'),
      mean_components: z.strictObject({ security: mean, usability: mean, latency: mean, format: mean }),
      mean_episode_reward: mean,
      mean_episode_score: mean.describe('F1 less the cost overrun, 0..1.'),
      verdicts: z.strictObject({ TP: count, TN: count, FP: count, FN: count }),
      actions: z.strictObject(Object.fromEntries(ACTIONS.map((action) => [action, count]))),
      alert_fatigue: mean.describe('False alarms per benign message, 0..1.'),
      breaches: count,
      curriculum: z.strictObject({ phase: phaseSchema, average: z.number(), episodes_in_phase: count }),
      rows: z.array(environmentRowSchema),
    })
    .nullable()
    .describe('The environments behind /reset with items; null where there are none.'),
});
export type Metrics = z.infer<typeof metricsSchema>;

export function queuesOf({ pool }: EnvironmentServices, inferenceQueue: () => number): z.infer<typeof queuesSchema> {
  return { workers: pool.queues().map((queue) => ({ ...queue })), inference: inferenceQueue() };
}

export function metricsOf(services: EnvironmentServices, vector: VectorEnvironments | null, inferenceQueue: () => number): Metrics {
  const { requestsPerSecond, stepsPerSecond } = services.telemetry.rates();
  const { active, capacity } = services.sessions;
  return {
    uptime_ms: services.uptimeMs(),
    sessions: { active, capacity },
    rates: { requests_per_second: requestsPerSecond, steps_per_second: stepsPerSecond },
    queues: queuesOf(services, inferenceQueue),
    vector: vector === null ? null : vectorMetrics(vector),
  };
}

function vectorMetrics(vector: VectorEnvironments): Metrics['vector'] {
  const { counters } = vector;
  const { security, usability, latency, format } = counters.components;
  const { phase, average, episodesInPhase } = vector.curriculum();
  return {
    environments: vector.environments,
    episodes: counters.episodes,
    steps: counters.steps,
    mean_reward: counters.perStep(counters.reward),
    mean_components: {
      security: counters.perStep(security),
      usability: counters.perStep(usability),
      latency: counters.perStep(latency),
      format: counters.perStep(format),
    },
    mean_episode_reward: counters.perEpisode(counters.episodeReward),
    mean_episode_score: counters.perEpisode(counters.episodeScore),
    verdicts: counters.verdicts(),
    actions: counters.actions(),
    alert_fatigue: counters.alertFatigue(),
    breaches: counters.breaches,
    curriculum: { phase, average, episodes_in_phase: episodesInPhase },
    rows: vector.rows().map(({ envId, condition, worker, task, episodes, steps, episodeReward, episodeSteps }) => ({
      env_id: envId,
      condition,
      worker,
      task,
      episodes,
      steps,
      episode_reward: episodeReward,
      episode_steps: episodeSteps,
    })),
  };
}
