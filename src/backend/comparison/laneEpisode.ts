import type { CostPreset, Decision } from '../../contract/decisions.ts';
import type { DefenderAction, EpisodeSummary } from '../../contract/episodes.ts';
import type { EpisodeId } from '../../contract/ids.ts';
import type { Lane } from '../../contract/live.ts';
import type { Observation, Phase } from '../../contract/observation.ts';
import { criticQuestion, observe, startEpisode, step, summarize, type Environment } from '../../engine/environment/environment.ts';
import type { EpisodeState } from '../../engine/environment/state.ts';
import type { Defender } from '../inference/defender.ts';
import type { Embedder } from '../inference/embedder.ts';
import type { StepRecord } from '../store/episodeStore.ts';

export interface LaneSetup {
  readonly environment: Environment;
  readonly defender: Defender;
  /** Measures the critic's distance; null: the engine's own hashed embedding does. */
  readonly embedder: Embedder | null;
  readonly costPreset: CostPreset;
  /** False: decision times are measured but cost no ticks, so that equal seeds give equal episodes on any machine. */
  readonly timed: boolean;
}

/** A decision that is taken but not carried out yet. */
export interface PendingStep {
  readonly observation: Observation;
  readonly decision: Decision;
  readonly countedMs: number | null;
  readonly embeddingDistance: number | null;
}

/** One lane's way through one episode: its own environment, built from the seed that both lanes share. */
export class LaneEpisode {
  readonly lane: Lane;
  private readonly setup: LaneSetup;
  private readonly id: EpisodeId;
  private state: EpisodeState;

  constructor(lane: Lane, setup: LaneSetup, start: { readonly id: EpisodeId; readonly seed: number; readonly phase: Phase }) {
    this.lane = lane;
    this.setup = setup;
    this.id = start.id;
    this.state = startEpisode(setup.environment, { seed: start.seed, phase: start.phase });
  }

  /** Breached or at its end: the lane waits for the other. */
  get over(): boolean {
    return this.state.finished !== null;
  }

  summary(): EpisodeSummary {
    return summarize(this.setup.environment, this.state);
  }

  /**
   * Decides on the next message without carrying it out: a failed or aborted decision leaves the lane where it was.
   * @throws whatever the defender or the embedder throws; RangeError when the episode is over
   */
  async decide(signal?: AbortSignal): Promise<PendingStep> {
    const observation = observe(this.setup.environment, this.state);
    if (observation === null) throw new RangeError('the episode is over');
    const [decision, embeddingDistance] = await Promise.all([this.ask(observation, signal), this.criticDistance()]);
    return { observation, decision, countedMs: this.setup.timed ? decision.decisionMs : null, embeddingDistance };
  }

  /** Carries the decision out. */
  play({ observation, decision, countedMs, embeddingDistance }: PendingStep): StepRecord {
    const { environment } = this.setup;
    const { position } = this.state;
    const played = step(environment, this.state, answerOf(decision, countedMs, embeddingDistance));
    this.state = played.state;
    return {
      step: {
        lane: this.lane,
        episodeId: this.id,
        position,
        message: observation.message,
        normalizedText: observation.normalizedText,
        hints: observation.hints,
        layers: observation.layers,
        budgetLeft: observation.budgetLeft,
        decision,
        info: played.info,
      },
      countedMs,
      embeddingDistance,
    };
  }

  private async ask(observation: Observation, signal: AbortSignal | undefined): Promise<Decision> {
    const { defender, costPreset } = this.setup;
    const [decision] = await defender.decide([observation], signal === undefined ? { costPreset } : { costPreset, signal });
    if (decision === undefined) throw new Error('the defender gave no decision');
    return decision;
  }

  private async criticDistance(): Promise<number | null> {
    const { embedder, environment } = this.setup;
    const question = embedder === null ? null : criticQuestion(environment, this.state);
    return embedder === null || question === null ? null : embedder.distance(question.reference, question.candidate);
  }
}

/** What the environment is told of a decision; a stored step gives the same answer again. */
export function answerOf(decision: Decision, countedMs: number | null, embeddingDistance: number | null): DefenderAction {
  return {
    action: decision.action,
    confidence: decision.confidence,
    rationale: decision.rationale,
    restrictions: decision.restrictions,
    ...(countedMs === null ? {} : { decisionMs: countedMs }),
    ...(embeddingDistance === null ? {} : { embeddingDistance }),
  };
}
