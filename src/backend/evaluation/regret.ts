import { ACTIONS, type Action, type PerAction } from '../../contract/actions.ts';

/** The highest reward on offer. */
export function bestReward(rewards: PerAction): number {
  return Math.max(...ACTIONS.map((action) => rewards[action]));
}

/** What the choice cost: best action's reward less the chosen one's, >= 0, in reward units. */
export function regret(rewards: PerAction, chosen: Action): number {
  return bestReward(rewards) - rewards[chosen];
}
