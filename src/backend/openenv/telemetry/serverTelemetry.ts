import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ACTIONS } from '../../../contract/actions.ts';
import type { ServerRates } from '../../../contract/environmentServer.ts';
import { VERDICTS } from '../../../contract/episodes.ts';
import type { StepFacts } from '../environments/reply.ts';
import type { ServerTelemetry } from '../server/services.ts';
import { RateHistory } from './rateHistory.ts';
import { REWARD_COMPONENTS, StepCounters } from './stepCounters.ts';

/** Upper bounds of request durations, seconds. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/**
 * Counts what the server does, with a Prometheus registry of its own. Steps are counted in plain numbers, since a
 * server plays many thousands a second, and reach the registry when it is read.
 */
export class MeteredTelemetry implements ServerTelemetry {
  readonly registry = new Registry();
  /** Steps of all transports. */
  readonly played = new StepCounters();
  private readonly history: RateHistory;
  private readonly durations: Histogram<'route' | 'status'>;
  private readonly frames: Counter<'type'>;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.history = new RateHistory(now);
    const registers = [this.registry];
    this.durations = new Histogram({
      name: 'omniguard_http_request_duration_seconds',
      help: 'HTTP requests by route pattern and status.',
      labelNames: ['route', 'status'],
      buckets: DURATIONS,
      registers,
    });
    this.frames = new Counter({ name: 'omniguard_websocket_frames_total', help: 'Frames received.', labelNames: ['type'], registers });
    exportSteps(this.registry, this.played);
    const { history } = this;
    new Gauge({
      name: 'omniguard_requests_per_second',
      help: 'HTTP requests and WebSocket frames a second over the last ten seconds.',
      registers,
      collect() {
        this.set(history.rates().requestsPerSecond);
      },
    });
  }

  request(route: string, status: number, ms: number): void {
    this.history.request();
    this.durations.observe({ route, status }, ms / 1_000);
  }

  frame(type: string): void {
    this.history.request();
    this.frames.inc({ type });
  }

  steps(facts: readonly StepFacts[]): void {
    this.history.steps(facts.length);
    for (const fact of facts) this.played.add(fact);
  }

  rates(): ServerRates {
    return this.history.rates();
  }
}

function exportSteps(registry: Registry, played: StepCounters): void {
  const registers = [registry];
  new Counter({
    name: 'omniguard_environment_steps_total',
    help: 'Steps played over all transports, by action and verdict.',
    labelNames: ['action', 'verdict'],
    registers,
    collect() {
      this.reset();
      for (const action of ACTIONS) for (const verdict of VERDICTS) this.inc({ action, verdict }, played.count(action, verdict));
    },
  });
  new Counter({
    name: 'omniguard_environment_episodes_total',
    help: 'Episodes played to their end, by how they ended.',
    labelNames: ['end'],
    registers,
    collect() {
      this.reset();
      this.inc({ end: 'breach' }, played.breaches);
      this.inc({ end: 'complete' }, played.episodes - played.breaches);
    },
  });
  new Gauge({
    name: 'omniguard_environment_reward_sum',
    help: 'Sum of rewards over all steps, by component; divide by the steps for the mean.',
    labelNames: ['component'],
    registers,
    collect() {
      this.set({ component: 'total' }, played.reward);
      for (const component of REWARD_COMPONENTS) this.set({ component }, played.components[component]);
    },
  });
}
