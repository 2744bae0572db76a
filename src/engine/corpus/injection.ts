import type { Capability } from '../../contract/actions.ts';
import type { Random } from '../random/random.ts';
import type { Goal } from './data.ts';
import { sentence, type Workshop } from './draft.ts';
import { childScope, expand, type Scope } from './slots.ts';

/** An instruction meant for the agent, with what it would need to do harm. */
export interface Injection {
  readonly text: string;
  readonly needs: readonly Capability[];
  /** Index of the goal's family in its split's list. */
  readonly family: number;
}

/** Opener, goal and closer in one of the orders that attackers use. */
export function composeInjection(shop: Workshop, goals: readonly Goal[], scope: Scope): Injection {
  const { random } = scope;
  const { openers, closers } = shop.data.attacks;
  const family = random.int(goals.length);
  const goal = goals[family] as Goal;
  const order = expand(random.pick(goal.text), scope);
  const opener = random.chance(0.8) ? expand(random.pick(openers), scope) : '';
  const closer = random.chance(0.5) ? expand(random.pick(closers), scope) : '';
  const lead =
    opener === ''
      ? sentence(order)
      : opener.endsWith(',') || opener.endsWith(':') || /\w$/.test(opener)
        ? `${opener} ${order}`
        : `${opener} ${sentence(order)}`;
  return { text: [/[.!?]$/.test(lead) ? lead : `${lead}.`, closer].filter((part) => part !== '').join(' '), needs: goal.needs, family };
}

/** Wraps a text into a form such as a comment, a tag or a reviewer's note. */
export function carry(carriers: readonly string[], payload: string, scope: Scope, random: Random): string {
  const inner = childScope(scope);
  inner.bound.set('payload', payload);
  return expand(random.pick(carriers), inner);
}
