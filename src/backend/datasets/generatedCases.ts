import { ACTIONS, type Action, type PerAction } from '../../contract/actions.ts';
import type { DefenderAction } from '../../contract/episodes.ts';
import type { Phase } from '../../contract/observation.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { explain } from '../../engine/analysis/rationale.ts';
import { proposeRestrictions } from '../../engine/analysis/restrictions.ts';
import type { ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { counterfactual, currentScenario, observe, startEpisode, step, type Environment } from '../../engine/environment/environment.ts';
import type { EpisodeState } from '../../engine/environment/state.ts';
import { randomFrom, type Random } from '../../engine/random/random.ts';
import type { LabelledCase } from './labelledCase.ts';

export interface GeneratorOptions {
  readonly seed: number;
  /** Episodes take these in turn. */
  readonly phases: readonly Phase[];
}

/** How often the player of the generated episodes makes a deliberate mistake that is no breach, so that traces hold mistakes too. */
const MISTAKE_RATE = 0.2;

/** How often a malicious message is blocked outright although something lighter would do, because a block is what provokes a mutated retry. */
const BLOCK_RATE = 0.5;

/** Bound of episode seeds. */
const SEEDS = 4_294_967_295;

/**
 * Plays episodes without end and yields every message met: the base stream of each phase with its obfuscation and
 * chains, and the adversary's mutated retries. Rewards are those of the message alone, as at the start of an
 * episode: a message that comes late in an expensive episode is not worth less for it.
 * Equal environments and options give equal cases.
 */
export function* generatedCases(env: Environment, { seed, phases }: GeneratorOptions): Generator<LabelledCase, never, undefined> {
  for (let episode = 0; ; episode++) {
    const random = randomFrom(seed, 'dataset', episode);
    const phase = phases[episode % phases.length] as Phase;
    let state = startEpisode(env, { seed: random.int(SEEDS), phase });
    for (;;) {
      const observation = observe(env, state);
      if (observation === null) break;
      const scenario = currentScenario(env, state);
      const rewards = counterfactual(env, { ...state, ticksUsed: 0 });
      yield {
        id: `gen-${seed}-${episode}-${state.position}`,
        source: state.retry === null ? `generator:${phase}` : `generator-retry:${phase}`,
        group: familyOf(scenario),
        kind: observation.message.kind,
        label: scenario.truth.malicious ? 'malicious' : 'benign',
        vector: scenario.truth.vector,
        fitting: sufficientAction(scenario.truth.fitting, rewards),
        acceptable: acceptableActions(rewards),
        rewards,
        observation,
      };
      state = play(env, state, scenario, choose(random, scenario, rewards));
    }
  }
}

/** Every action with the right verdict: those that earn something. */
export function acceptableActions(rewards: PerAction): readonly Action[] {
  return ACTIONS.filter((action) => rewards[action] > 0);
}

/**
 * The fitting action where it really suffices, else the one that earns most. The truth names the lightest action for
 * the threat as such; a disguise may hide from the analysers what a mediation must take away, or from the critic what
 * it must find, and then that action would let this very message through.
 */
export function sufficientAction(fitting: Action, rewards: PerAction): Action {
  return rewards[fitting] > 0 ? fitting : bestAction(rewards);
}

function bestAction(rewards: PerAction): Action {
  return ACTIONS.reduce((best, action) => (rewards[action] > rewards[best] ? action : best));
}

/** The template family, without the variant: it never crosses splits. */
function familyOf({ origin }: ScenarioMessage): string {
  const variant = origin.indexOf('#');
  return variant === -1 ? origin : origin.slice(0, variant);
}

function choose(random: Random, { truth }: ScenarioMessage, rewards: PerAction): Action {
  const harmless = ACTIONS.filter((action) => rewards[action] > -1);
  if (harmless.length > 0 && random.chance(MISTAKE_RATE)) return random.pick(harmless);
  if (truth.malicious && rewards.BLOCK > 0 && random.chance(BLOCK_RATE)) return 'BLOCK';
  return bestAction(rewards);
}

function play(env: Environment, state: EpisodeState, { message }: ScenarioMessage, action: Action): EpisodeState {
  const analysis = analyze(message);
  const restrictions = action === 'CAPABILITY_MEDIATION' ? proposeRestrictions(message, analysis) : [];
  const { rationale } = explain(message, analysis, action, restrictions);
  const decision: DefenderAction = { action, rationale, ...(restrictions.length === 0 ? {} : { restrictions }) };
  return step(env, state, decision).state;
}
