import type { Action } from '../../../contract/actions.ts';
import type { Verdict } from '../../../contract/episodes.ts';

/** Figures of a step that telemetry needs without parsing the reply. */
export interface StepFacts {
  readonly action: Action;
  readonly verdict: Verdict;
  readonly reward: number;
  /** Parts of the reward; they do not sum to it after a breach. */
  readonly components: { readonly security: number; readonly usability: number; readonly latency: number; readonly format: number };
  /** Set when the step ended its episode. */
  readonly episode: { readonly reward: number; readonly score: number; readonly breached: boolean; readonly steps: number } | null;
}

/**
 * What an environment answers. `json` is the envelope `{observation, reward, done, metadata}`, the state or a tool's
 * result, already written where it was made, so that the event loop of the server only passes it on.
 */
export type EnvironmentReply =
  { readonly ok: true; readonly json: string; readonly done: boolean; readonly facts: StepFacts | null } | EnvironmentFailure;

export interface EnvironmentFailure {
  readonly ok: false;
  readonly code: EnvironmentFailureCode;
  readonly message: string;
}

/**
 * `episode_over`: the episode has ended, reset first. `no_environment`: it was closed or its worker ended.
 * `invalid_arguments`: the engine refused them. `failed`: anything else; the message tells no path and no stack.
 */
export type EnvironmentFailureCode = 'episode_over' | 'no_environment' | 'invalid_arguments' | 'unknown_tool' | 'failed';
