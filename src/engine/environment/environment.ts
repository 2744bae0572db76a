import type { Capability, PerAction } from '../../contract/actions.ts';
import type { CriticReport, DefenderAction, EnvironmentConfig, EpisodeSummary, GroundTruth, StepInfo } from '../../contract/episodes.ts';
import type { MemoryEntry, Observation, Phase } from '../../contract/observation.ts';
import { baseStream, type StreamMessage } from '../adversary/baseStream.ts';
import { createMutationCache, type MutationCache } from '../adversary/mutations.ts';
import { answerToBlock, retryMessage } from '../adversary/trap.ts';
import { analyze } from '../analysis/analyze.ts';
import type { MessagePool, ScenarioMessage } from '../corpus/scenario.ts';
import { compareWithReference } from '../critic/critic.ts';
import { editTexts, type EditTexts } from '../critic/editTexts.ts';
import { assess, type Assessment } from './assessment.ts';
import { counterfactualRewards } from './counterfactual.ts';
import { applyAction, effectiveAction, observableOutcome } from './effects.ts';
import { EnvironmentError } from './errors.ts';
import { latencyReward, ticksOf } from './latency.ts';
import { observeMessage } from './observeMessage.ts';
import { inspectRationale } from './rationale.ts';
import { rewardOf } from './reward.ts';
import { episodeScore, NO_VERDICTS } from './score.ts';
import { MEMORY_LENGTH, type EpisodeState } from './state.ts';
import { assertAction, assertConfig, assertStart } from './validate.ts';
import { allowRun, verify } from './verifier.ts';

/**
 * What episodes are played in. Keep one object for as long as it is used: what is a pure function
 * of configuration and pool (streams, mutations, assessments) is remembered per object.
 */
export interface Environment {
  readonly config: EnvironmentConfig;
  readonly pool: MessagePool;
}

export interface StepResult {
  readonly state: EpisodeState;
  readonly info: StepInfo;
  readonly done: boolean;
}

export type { EpisodeState } from './state.ts';

/** The two texts whose distance a model embedder should measure. */
export type CriticQuestion = EditTexts;

/** Begins an episode. @throws EnvironmentError `invalid_config` or `invalid_start`. */
export function startEpisode(env: Environment, start: { readonly seed: number; readonly phase: Phase }): EpisodeState {
  memoryOf(env);
  assertStart(start.seed, start.phase);
  return {
    seed: start.seed,
    phase: start.phase,
    position: 0,
    ticksUsed: 0,
    reward: 0,
    counts: NO_VERDICTS,
    memory: [],
    retry: null,
    finished: null,
  };
}

/** What the defender sees now; null when the episode is over. */
export function observe(env: Environment, state: EpisodeState): Observation | null {
  if (state.finished !== null) return null;
  return observeMessage(currentScenario(env, state).message, {
    budgetLeft: env.config.budgetTicks - state.ticksUsed,
    memory: state.memory,
    phase: state.phase,
  });
}

/**
 * The message to be decided with its truth: for audits and for writing data sets, never for a defender.
 * @throws EnvironmentError `episode_finished`.
 */
export function currentScenario(env: Environment, state: EpisodeState): ScenarioMessage {
  assertUnfinished(state);
  const memory = memoryOf(env);
  const stream = memory.stream(state);
  if (state.retry !== null) return retryMessage(memory.mutations, stream, state.retry);
  return (stream[state.position] as StreamMessage).scenario;
}

/**
 * The texts of the present message whose distance a host measures with a model embedder and hands in as
 * `DefenderAction.embeddingDistance`. Null when the episode is over, the configuration names the engine's own
 * embedder, or the message adds nothing to a pinned definition: embedders are made for definitions, all else
 * stays with the engine's own measures.
 */
export function criticQuestion(env: Environment, state: EpisodeState): CriticQuestion | null {
  if (state.finished !== null || env.config.critic.embedder === 'hashed') return null;
  return editTexts(currentScenario(env, state).message);
}

/**
 * Plays one decision. Pure: the given state is left as it was.
 * @throws EnvironmentError `invalid_action` when the action does not hold together, `episode_finished` after the end.
 */
export function step(env: Environment, state: EpisodeState, action: DefenderAction): StepResult {
  const info = evaluate(env, state, action);
  const scenario = currentScenario(env, state);
  const memory = memoryOf(env);
  const { position, seed, counts } = state;
  const next = position + 1;
  const breached = info.verdict === 'FN';
  const finished = breached ? 'breach' : next >= env.config.episodeLength ? 'complete' : null;
  const retry =
    finished === null
      ? answerToBlock({
          seed,
          position,
          retryProbability: env.config.retryProbability,
          stream: memory.stream(state),
          mutations: memory.mutations,
          scenario,
          outcome: info.outcome,
          retry: state.retry,
        })
      : null;
  return {
    state: {
      seed,
      phase: state.phase,
      position: next,
      ticksUsed: state.ticksUsed + info.ticks,
      reward: state.reward + info.reward.total,
      counts: { ...counts, [info.verdict]: counts[info.verdict] + 1 },
      memory: remember(state.memory, scenario, action, info),
      retry,
      finished,
    },
    info,
    done: finished !== null,
  };
}

/**
 * What a decision would reveal and earn here, without playing it.
 * @throws EnvironmentError as `step`.
 */
export function evaluate(env: Environment, state: EpisodeState, action: DefenderAction): StepInfo {
  assertAction(action);
  const scenario = currentScenario(env, state);
  const { config } = env;
  const assessment = memoryOf(env).assessment(scenario);
  const critic = criticReport(env, scenario, assessment, action);
  const restrictions = restrictionsOf(action);
  const { verdict, outcome } = applyAction(scenario, action.action, restrictions, critic);
  const rationale = inspectRationale(action.rationale);
  const retry = state.retry !== null;
  const verifier = verify({ scenario, action, restrictions, verdict, rationale, memory: state.memory, retry });
  const ticks = ticksOf(action.action, action.decisionMs ?? 0, config.decisionDeadlineMs);
  const reward = rewardOf({
    truth: scenario.truth,
    action: effectiveAction(action.action, scenario.message),
    restrictions,
    verdict,
    critic,
    rationale,
    confidence: action.confidence,
    allowRun: allowRun(state.memory),
    latency: latencyReward(state.ticksUsed + ticks, config.budgetTicks),
  });
  const counterfactual = counterfactualRewards(scenario, assessment, critic, state.ticksUsed, config.budgetTicks);
  return { verdict, outcome, truth: scenario.truth, reward, verifier, critic, ticks, retry, counterfactual };
}

/**
 * The reward of each of the six actions at this state: restrictions as the analysers propose them, a
 * rationale that says something, no stated confidence, decided in time.
 * @throws EnvironmentError `episode_finished`.
 */
export function counterfactual(env: Environment, state: EpisodeState): PerAction {
  const scenario = currentScenario(env, state);
  const assessment = memoryOf(env).assessment(scenario);
  return counterfactualRewards(scenario, assessment, assessment.critic, state.ticksUsed, env.config.budgetTicks);
}

/** The truth about the present message, for audits. @throws EnvironmentError `episode_finished`. */
export function reveal(env: Environment, state: EpisodeState): GroundTruth {
  return currentScenario(env, state).truth;
}

/** The figures of an episode so far. */
export function summarize(env: Environment, state: EpisodeState): EpisodeSummary {
  const { counts } = state;
  return {
    steps: state.position,
    reward: state.reward,
    score: episodeScore(counts, state.ticksUsed, env.config.budgetTicks),
    breached: state.finished === 'breach',
    truePositives: counts.TP,
    trueNegatives: counts.TN,
    falsePositives: counts.FP,
    falseNegatives: counts.FN,
    ticksUsed: state.ticksUsed,
  };
}

function assertUnfinished(state: EpisodeState): void {
  if (state.finished !== null)
    throw new EnvironmentError('episode_finished', null, `The episode is over after ${state.position} steps; start another one.`);
}

const NONE: readonly Capability[] = [];

function restrictionsOf(action: DefenderAction): readonly Capability[] {
  if (action.action !== 'CAPABILITY_MEDIATION' || action.restrictions === undefined) return NONE;
  return [...new Set(action.restrictions)];
}

function criticReport(env: Environment, scenario: ScenarioMessage, assessment: Assessment, action: DefenderAction): CriticReport | null {
  if (action.embeddingDistance === undefined || assessment.critic === null) return assessment.critic;
  return compareWithReference(scenario.message, analyze(scenario.message), env.config.critic, action.embeddingDistance);
}

function remember(
  memory: readonly MemoryEntry[],
  { message }: ScenarioMessage,
  { action }: DefenderAction,
  { outcome }: StepInfo,
): readonly MemoryEntry[] {
  const entry: MemoryEntry = { kind: message.kind, server: message.context.server, action, outcome: observableOutcome(outcome) };
  return memory.length < MEMORY_LENGTH ? [...memory, entry] : [...memory.slice(1), entry];
}

/** Pure functions of an environment, remembered. */
interface EnvironmentMemory {
  readonly mutations: MutationCache;
  stream(episode: { readonly seed: number; readonly phase: Phase }): readonly StreamMessage[];
  assessment(scenario: ScenarioMessage): Assessment;
}

/** Episodes whose base stream is kept; comparisons and vector servers play a few dozen at a time. */
const STREAMS_KEPT = 512;

const memories = new WeakMap<Environment, EnvironmentMemory>();

function memoryOf(env: Environment): EnvironmentMemory {
  let memory = memories.get(env);
  if (memory === undefined) {
    assertConfig(env.config);
    memories.set(env, (memory = createMemory(env)));
  }
  return memory;
}

function createMemory({ config, pool }: Environment): EnvironmentMemory {
  const mutations = createMutationCache();
  const streams = new Map<Phase, Map<number, readonly StreamMessage[]>>();
  const assessments = new WeakMap<ScenarioMessage, Assessment>();
  return {
    mutations,
    stream({ seed, phase }) {
      let ofPhase = streams.get(phase);
      if (ofPhase === undefined) streams.set(phase, (ofPhase = new Map<number, readonly StreamMessage[]>()));
      const known = ofPhase.get(seed);
      if (known !== undefined) return known;
      const rates = config.curriculum.phases[phase];
      const made = baseStream(pool, mutations, { seed, phase, split: config.split, rates, length: config.episodeLength });
      if (ofPhase.size >= STREAMS_KEPT) ofPhase.delete(ofPhase.keys().next().value as number);
      ofPhase.set(seed, made);
      return made;
    },
    assessment(scenario) {
      const known = assessments.get(scenario);
      if (known !== undefined) return known;
      const made = assess(scenario, compareWithReference(scenario.message, analyze(scenario.message), config.critic));
      assessments.set(scenario, made);
      return made;
    },
  };
}
