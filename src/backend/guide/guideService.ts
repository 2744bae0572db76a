import type {
  GuideActions,
  GuideActionsInput,
  GuideBudget,
  GuideBudgetInput,
  GuideCurriculum,
  GuideDrift,
  GuideDriftInput,
  GuideFacts,
  GuideMessageInput,
  GuideMutateInput,
  GuideMutation,
  GuidePoliciesInput,
  GuidePolicy,
  GuideScenario,
  GuideTrap,
  GuideTrapInput,
} from '../../contract/guide.ts';
import type { Split } from '../../contract/episodes.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { advanceCurriculum, initialCurriculum } from '../../engine/environment/curriculum.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { currentScenario, startEpisode, type Environment } from '../../engine/environment/environment.ts';
import { latencyReward, ticksOf } from '../../engine/environment/latency.ts';
import { weighActions } from './actionTable.ts';
import { compareDefinitions } from './definitionDrift.ts';
import { FACTS } from './facts.ts';
import { applyMutators } from './mutation.ts';
import { observed } from './observed.ts';
import { playPolicies } from './policies.ts';
import { playTrap } from './trapEpisode.ts';

/** What the guide demonstrates. Every answer is the engine's own and a function of the input and the corpus. */
export interface GuideService {
  facts(): GuideFacts;
  message(input: GuideMessageInput): GuideScenario;
  actions(input: GuideActionsInput): GuideActions;
  mutate(input: GuideMutateInput): GuideMutation;
  trap(input: GuideTrapInput): Promise<GuideTrap | null>;
  drift(input: GuideDriftInput): GuideDrift;
  curriculum(scores: readonly number[]): GuideCurriculum;
  budget(input: GuideBudgetInput): GuideBudget;
  policies(input: GuidePoliciesInput): Promise<readonly GuidePolicy[]>;
}

export function createGuideService({ pool }: { readonly pool: MessagePool }): GuideService {
  const environments = new Map<Split, Environment>();
  const environmentOf = (split: Split): Environment => {
    const known = environments.get(split);
    if (known !== undefined) return known;
    const made: Environment = { config: { ...DEFAULT_CONFIG, split }, pool };
    environments.set(split, made);
    return made;
  };
  return {
    facts: () => FACTS,
    message({ split, seed, phase, position }) {
      const env = environmentOf(split);
      const { message, truth, origin } = currentScenario(env, { ...startEpisode(env, { seed, phase }), position });
      return { message, truth, origin, observed: observed(message) };
    },
    actions: weighActions,
    mutate: applyMutators,
    trap: (input) => playTrap(environmentOf(input.split), input),
    drift: compareDefinitions,
    curriculum(scores) {
      let state = initialCurriculum(DEFAULT_CONFIG);
      return scores.map((score) => (state = advanceCurriculum(DEFAULT_CONFIG, state, score)));
    },
    budget({ decisions }) {
      const { budgetTicks, decisionDeadlineMs } = DEFAULT_CONFIG;
      let ticksUsed = 0;
      return decisions.map(({ action, decisionMs }) => {
        const ticks = ticksOf(action, decisionMs, decisionDeadlineMs);
        ticksUsed += ticks;
        return { ticks, ticksUsed, left: budgetTicks - ticksUsed, latency: latencyReward(ticksUsed, budgetTicks) };
      });
    },
    policies: (input) => playPolicies(environmentOf('test'), input),
  };
}
