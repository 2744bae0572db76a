import type { Split } from '../../../contract/episodes.ts';
import type { JsonValue } from '../../../contract/json.ts';
import { observe, startEpisode, step, summarize, type Environment } from '../../../engine/environment/environment.ts';
import { EnvironmentError } from '../../../engine/environment/errors.ts';
import type { EpisodeState } from '../../../engine/environment/state.ts';
import { defenderAction, type StepAction } from '../wire/action.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';
import type { WireState } from '../wire/state.ts';
import { lastObservationPieces, observationJson, observationPieces, type ObservationPieces } from './observationJson.ts';
import type { EnvironmentFailure, EnvironmentReply, StepFacts } from './reply.ts';
import { identityMembers, resetMetadata, stepMetadata } from './stepMetadata.ts';

/** The environments of all three splits over one corpus; shared by every session, since they remember what they computed. */
export type EnvironmentsBySplit = { readonly [S in Split]: Environment };

/** What a step before any reset plays. */
export const DEFAULT_EPISODE: EpisodeStart = { episodeId: 'default', seed: 0, phase: 'bootstrapping', split: 'train', index: null };

interface RunningEpisode {
  readonly start: EpisodeStart;
  /** `identityMembers(start)`, written once. */
  readonly identity: string;
  readonly environment: Environment;
  readonly state: EpisodeState;
}

/** What a reset or a step leads to, not yet put together as a reply. */
export interface Played {
  readonly ok: true;
  readonly observation: ObservationPieces;
  /** Null after a reset. */
  readonly reward: number | null;
  readonly done: boolean;
  /** JSON text of an object. */
  readonly metadata: string;
  readonly facts: StepFacts | null;
}

/** One environment as a client sees it: episodes one after the other, replies as JSON text. Pure but for its own state. */
export class EnvironmentSession {
  private readonly environments: EnvironmentsBySplit;
  private episode: RunningEpisode | null = null;

  constructor(environments: EnvironmentsBySplit) {
    this.environments = environments;
  }

  /**
   * Begins an episode; an episode under way is given up.
   * @param ignored names of arguments that had no effect; the reply tells them
   */
  reset(start: EpisodeStart, ignored: readonly string[] = []): Played | EnvironmentFailure {
    return answered(() => {
      const episode = this.begin(start);
      this.episode = episode;
      const metadata = resetMetadata(episode.identity, ignored);
      return { ok: true, observation: seen(episode), reward: null, done: false, metadata, facts: null };
    });
  }

  /** Decides on the present message; before any reset the default episode begins by itself. */
  step(action: StepAction): Played | EnvironmentFailure {
    return answered(() => {
      const before = this.episode ?? this.begin(DEFAULT_EPISODE);
      const { environment, start, identity } = before;
      const { state, info, done } = step(environment, before.state, defenderAction(action));
      const after: RunningEpisode = { start, identity, environment, state };
      this.episode = after;
      const summary = done ? summarize(environment, state) : null;
      const { total, security, usability, latency, format } = info.reward;
      const components = { security, usability, latency, format };
      const facts = { action: action.action_type, verdict: info.verdict, reward: total, components, episode: summary };
      return { ok: true, observation: seen(after), reward: total, done, metadata: stepMetadata(identity, info, summary), facts };
    });
  }

  state(): EnvironmentReply {
    return { ok: true, json: JSON.stringify(this.wireState()), done: false, facts: null };
  }

  /** What the episode shows now; null before the first. */
  observation(): JsonValue | null {
    return this.episode === null ? null : (JSON.parse(observationJson(seen(this.episode))) as JsonValue);
  }

  private begin(start: EpisodeStart): RunningEpisode {
    const environment = this.environments[start.split];
    const state = startEpisode(environment, { seed: start.seed, phase: start.phase });
    return { start, identity: identityMembers(start), environment, state };
  }

  private wireState(): WireState {
    const corpus_sha256 = this.environments.train.pool.hash;
    if (this.episode === null) return { ...NO_EPISODE, corpus_sha256 };
    const { start, environment, state } = this.episode;
    const { score, truePositives, trueNegatives, falsePositives, falseNegatives } = summarize(environment, state);
    return {
      episode_id: start.episodeId,
      step_count: state.position,
      seed: start.seed,
      phase: start.phase,
      split: start.split,
      index: start.index,
      episode_length: environment.config.episodeLength,
      ticks_used: state.ticksUsed,
      budget_ticks: environment.config.budgetTicks,
      cumulative_reward: state.reward,
      score,
      finished: state.finished,
      true_positives: truePositives,
      true_negatives: trueNegatives,
      false_positives: falsePositives,
      false_negatives: falseNegatives,
      corpus_sha256,
    };
  }
}

const NO_EPISODE: Omit<WireState, 'corpus_sha256'> = {
  episode_id: null,
  step_count: 0,
  seed: null,
  phase: null,
  split: null,
  index: null,
  episode_length: null,
  ticks_used: null,
  budget_ticks: null,
  cumulative_reward: null,
  score: null,
  finished: null,
  true_positives: null,
  true_negatives: null,
  false_positives: null,
  false_negatives: null,
};

/** The envelope of a reset or step as a reply. */
export function envelopeReply(played: Played | EnvironmentFailure): EnvironmentReply {
  if (!played.ok) return played;
  const { observation, reward, done, metadata, facts } = played;
  const json = `{"observation":${observationJson(observation)},"reward":${reward},"done":${done},"metadata":${metadata}}`;
  return { ok: true, json, done, facts };
}

function seen({ environment, state }: RunningEpisode): ObservationPieces {
  const observation = observe(environment, state);
  if (observation !== null) return observationPieces(observation, state.position);
  const { position, memory, phase, ticksUsed } = state;
  return lastObservationPieces({ position, memory, phase, budgetLeft: environment.config.budgetTicks - ticksUsed });
}

function answered(play: () => Played): Played | EnvironmentFailure {
  try {
    return play();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { ok: false, code: error.code === 'episode_finished' ? 'episode_over' : 'invalid_arguments', message: error.message };
  }
}
