import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { PHASES } from '../../../contract/observation.ts';
import type { EnvironmentServices } from '../server/services.ts';
import type { VectorEnvironments } from '../vector/vectorEnvironments.ts';

export interface GaugeSources {
  readonly registry: Registry;
  readonly services: EnvironmentServices;
  readonly vector: VectorEnvironments | null;
  readonly inferenceQueue: () => number;
}

/** Adds what is true at the moment the registry is read: sessions, queues, vector environments. */
export function exportGauges({ registry, services, vector, inferenceQueue }: GaugeSources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('omniguard_sessions', 'Sessions that take a slot.', () => services.sessions.active);
  gauge('omniguard_sessions_capacity', 'Most sessions at once.', () => services.sessions.capacity);
  gauge('omniguard_inference_queue_depth', 'Decisions waiting or being taken.', inferenceQueue);
  new Gauge({
    name: 'omniguard_worker_queue_depth',
    help: 'Calls waiting or being carried out, by worker.',
    labelNames: ['worker'],
    registers,
    collect() {
      for (const { worker, depth } of services.pool.queues()) this.set({ worker }, depth);
    },
  });
  new Gauge({
    name: 'omniguard_worker_restarts',
    help: 'How often a worker was replaced.',
    labelNames: ['worker'],
    registers,
    collect() {
      for (const { worker, restarts } of services.pool.queues()) this.set({ worker }, restarts);
    },
  });
  if (vector === null) return;
  const { counters } = vector;
  gauge('omniguard_vector_environments', 'Environments of the vector API.', () => vector.environments);
  gauge('omniguard_vector_steps', 'Steps of the vector environments.', () => counters.steps);
  gauge('omniguard_vector_episodes', 'Finished episodes of the vector environments.', () => counters.episodes);
  gauge(
    'omniguard_vector_reward_mean',
    'Mean reward per step; NaN before the first.',
    () => counters.perStep(counters.reward) ?? Number.NaN,
  );
  gauge(
    'omniguard_vector_alert_fatigue',
    'False alarms per benign message; NaN before the first.',
    () => counters.alertFatigue() ?? Number.NaN,
  );
  gauge('omniguard_curriculum_phase', 'Phase of the curriculum, counted from 0.', () => PHASES.indexOf(vector.curriculum().phase));
  gauge('omniguard_curriculum_average', 'Moving average of episode scores.', () => vector.curriculum().average);
}

let processFigures: Registry | null = null;

/**
 * Everything as Prometheus text, the process's own figures (CPU, memory, event loop, garbage collection) included. Those
 * are the same for every server of the process and cannot be switched off again, so they are collected once.
 */
export async function prometheusText(registry: Registry): Promise<string> {
  if (processFigures === null) collectDefaultMetrics({ register: (processFigures = new Registry()) });
  return `${await registry.metrics()}\n${await processFigures.metrics()}`;
}
