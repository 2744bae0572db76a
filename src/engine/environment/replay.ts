import type { DefenderAction, EnvironmentConfig, StepInfo } from '../../contract/episodes.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { Phase } from '../../contract/observation.ts';
import { firstDifference, type Difference } from './difference.ts';
import { observe, startEpisode, step, type Environment } from './environment.ts';
import { EnvironmentError } from './errors.ts';
import type { EpisodeState } from './state.ts';

/** What one step showed and revealed. */
export interface RecordedStep {
  readonly message: GatewayMessage;
  /** Ticks left when the message was shown. */
  readonly budgetLeft: number;
  readonly info: StepInfo;
}

/** Everything that an episode depends on, and what it led to: JSON, as the store keeps it. */
export interface RecordedEpisode {
  readonly seed: number;
  readonly phase: Phase;
  readonly config: EnvironmentConfig;
  readonly corpusHash: string;
  readonly actions: readonly DefenderAction[];
  /** One for each action; null where what happened was not kept, which is then not compared. */
  readonly steps: readonly (RecordedStep | null)[];
}

export type Replay =
  | { readonly ok: true; readonly state: EpisodeState; readonly steps: readonly RecordedStep[] }
  | ({
      readonly ok: false;
      /** Position of the first step that differs; -1 when the episode's premises do. */
      readonly position: number;
    } & Difference);

/** Plays a list of actions and records it; actions beyond the episode's end are an error. @throws EnvironmentError as `step`. */
export function record(
  env: Environment,
  start: { readonly seed: number; readonly phase: Phase },
  actions: readonly DefenderAction[],
): RecordedEpisode {
  const steps: RecordedStep[] = [];
  let state = startEpisode(env, start);
  for (const action of actions) {
    const played = playStep(env, state, action);
    steps.push(played.recorded);
    state = played.state;
  }
  return { ...start, config: env.config, corpusHash: env.pool.hash, actions, steps };
}

/**
 * Plays a recorded episode again, in its own configuration on this environment's pool, and compares
 * every message and everything revealed bit for bit. A divergence says where it begins.
 */
export function replay(env: Environment, recorded: RecordedEpisode): Replay {
  if (recorded.corpusHash !== env.pool.hash)
    return { ok: false, position: -1, field: 'corpusHash', expected: recorded.corpusHash, actual: env.pool.hash };
  if (recorded.steps.length !== recorded.actions.length)
    return { ok: false, position: -1, field: 'steps.length', expected: recorded.actions.length, actual: recorded.steps.length };
  const own = firstDifference(recorded.config, env.config) === null ? env : { config: recorded.config, pool: env.pool };
  const steps: RecordedStep[] = [];
  let state = startEpisode(own, recorded);
  for (const [position, action] of recorded.actions.entries()) {
    if (state.finished !== null) return { ok: false, position, field: 'finished', expected: null, actual: state.finished };
    const played = playStep(own, state, action);
    const kept = recorded.steps[position] ?? null;
    const difference = kept === null ? null : firstDifference(kept, played.recorded);
    if (difference !== null) return { ok: false, position, ...difference };
    steps.push(played.recorded);
    state = played.state;
  }
  return { ok: true, state, steps };
}

function playStep(env: Environment, state: EpisodeState, action: DefenderAction): { recorded: RecordedStep; state: EpisodeState } {
  const observation = observe(env, state);
  if (observation === null) throw new EnvironmentError('episode_finished', null, `The episode is over after ${state.position} steps.`);
  const { info, state: next } = step(env, state, action);
  return { recorded: { message: observation.message, budgetLeft: observation.budgetLeft, info }, state: next };
}
