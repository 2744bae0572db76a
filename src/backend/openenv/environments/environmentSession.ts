import type { Split, StepInfo } from '../../../contract/episodes.ts';
import type { JsonObject, JsonValue } from '../../../contract/json.ts';
import { observe, startEpisode, step, summarize, type Environment } from '../../../engine/environment/environment.ts';
import { EnvironmentError } from '../../../engine/environment/errors.ts';
import type { EpisodeState } from '../../../engine/environment/state.ts';
import { defenderAction, type StepAction } from '../wire/action.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';
import type { WireState } from '../wire/state.ts';
import { lastObservationJson, observationJson } from './observationJson.ts';
import type { EnvironmentReply } from './reply.ts';

/** The environments of all three splits over one corpus; shared by every session, since they remember what they computed. */
export type EnvironmentsBySplit = { readonly [S in Split]: Environment };

/** What a step before any reset plays. */
export const DEFAULT_EPISODE: EpisodeStart = { episodeId: 'default', seed: 0, phase: 'bootstrapping', split: 'train', index: null };

interface RunningEpisode {
  readonly start: EpisodeStart;
  readonly environment: Environment;
  readonly state: EpisodeState;
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
  reset(start: EpisodeStart, ignored: readonly string[] = []): EnvironmentReply {
    return answered(() => {
      const environment = this.environments[start.split];
      const state = startEpisode(environment, { seed: start.seed, phase: start.phase });
      this.episode = { start, environment, state };
      const metadata = { ...identity(start), ...(ignored.length === 0 ? {} : { ignored_arguments: ignored }) };
      return { ok: true, json: envelope(seen(this.episode), null, false, metadata), done: false, facts: null };
    });
  }

  /** Decides on the present message; before any reset the default episode begins by itself. */
  step(action: StepAction): EnvironmentReply {
    return answered(() => {
      const before = this.episode ?? this.begin(DEFAULT_EPISODE);
      const { environment, start } = before;
      const { state, info, done } = step(environment, before.state, defenderAction(action));
      const after: RunningEpisode = { start, environment, state };
      this.episode = after;
      const summary = done ? summarize(environment, state) : null;
      const { total, security, usability, latency, format } = info.reward;
      const components = { security, usability, latency, format };
      const metadata = { ...identity(start), ...revealed(info), ...(summary === null ? {} : { summary: episodeSummary(summary) }) };
      return {
        ok: true,
        json: envelope(seen(after), total, done, metadata),
        done,
        facts: { action: action.action_type, verdict: info.verdict, reward: total, components, episode: summary },
      };
    });
  }

  state(): EnvironmentReply {
    return { ok: true, json: JSON.stringify(this.wireState()), done: false, facts: null };
  }

  /** What the episode shows now; null before the first. */
  observation(): JsonValue | null {
    return this.episode === null ? null : (JSON.parse(seen(this.episode)) as JsonValue);
  }

  private begin(start: EpisodeStart): RunningEpisode {
    const environment = this.environments[start.split];
    return { start, environment, state: startEpisode(environment, { seed: start.seed, phase: start.phase }) };
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

function seen({ environment, state }: RunningEpisode): string {
  const observation = observe(environment, state);
  if (observation !== null) return observationJson(observation, state.position);
  const { position, memory, phase, ticksUsed } = state;
  return lastObservationJson({ position, memory, phase, budgetLeft: environment.config.budgetTicks - ticksUsed });
}

function envelope(observation: string, reward: number | null, done: boolean, metadata: object): string {
  return `{"observation":${observation},"reward":${reward === null ? 'null' : reward},"done":${done},"metadata":${JSON.stringify(metadata)}}`;
}

function identity({ episodeId, seed, phase, split, index }: EpisodeStart): JsonObject {
  return { episode_id: episodeId, seed, phase, split, index };
}

/** What a step reveals, the truth about the message just decided included; never part of an observation. */
function revealed({ verdict, outcome, truth, reward, verifier, critic, ticks, retry, counterfactual }: StepInfo): object {
  const { usabilityParts, ...components } = reward;
  const { stdioEscape, ...rest } = truth;
  return {
    rubric: { ...components, usability_parts: usabilityParts },
    info: {
      verdict,
      outcome,
      truth: { ...rest, stdio_escape: stdioEscape },
      verifier,
      critic: critic === null ? null : wireCritic(critic),
      ticks,
      retry,
      counterfactual,
    },
  };
}

function wireCritic({ driftFound, ...rest }: NonNullable<StepInfo['critic']>): object {
  return { ...rest, drift_found: driftFound };
}

function episodeSummary({ steps, reward, score, breached, ticksUsed, ...counts }: ReturnType<typeof summarize>): object {
  return {
    steps,
    reward,
    score,
    breached,
    ticks_used: ticksUsed,
    true_positives: counts.truePositives,
    true_negatives: counts.trueNegatives,
    false_positives: counts.falsePositives,
    false_negatives: counts.falseNegatives,
  };
}

function answered(play: () => EnvironmentReply): EnvironmentReply {
  try {
    return play();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { ok: false, code: error.code === 'episode_finished' ? 'episode_over' : 'invalid_arguments', message: error.message };
  }
}
