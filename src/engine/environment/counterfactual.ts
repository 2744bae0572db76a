import { ACTIONS, type Action, type PerAction } from '../../contract/actions.ts';
import type { CriticReport } from '../../contract/episodes.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';
import { worthOf, type Assessment, type Worth } from './assessment.ts';
import { latencyReward } from './latency.ts';
import { isDeferred, LATENCY } from './shaping.ts';

/**
 * The reward of each action on one message after so many ticks of the budget.
 * @param critic the report in force; when it is not the assessment's own, SEMANTIC_DIFF is valued anew
 */
export function counterfactualRewards(
  scenario: ScenarioMessage,
  assessment: Assessment,
  critic: CriticReport | null,
  ticksUsed: number,
  budgetTicks: number,
): PerAction {
  const rewards: { [A in Action]?: number } = {};
  const immediate = latencyReward(ticksUsed + LATENCY.immediateTicks, budgetTicks);
  const deferred = latencyReward(ticksUsed + LATENCY.deferredTicks, budgetTicks);
  for (const action of ACTIONS) {
    const worth: Worth =
      action === 'SEMANTIC_DIFF' && critic !== assessment.critic
        ? worthOf(scenario, action, assessment.proposed, critic)
        : assessment.worth[action];
    rewards[action] = worth.breach ? worth.total : worth.total + (isDeferred(action) ? deferred : immediate);
  }
  return rewards as PerAction;
}
