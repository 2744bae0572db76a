import { implement } from '@orpc/server';
import { guideProcedures } from '../../contract/guideProcedures.ts';
import type { GuideService } from './guideService.ts';

/** The part of the contract that is the guide's. */
export function guideHandlers(guide: GuideService) {
  const os = implement(guideProcedures);
  return {
    facts: os.facts.handler(() => guide.facts()),
    message: os.message.handler(({ input }) => guide.message(input)),
    actions: os.actions.handler(({ input }) => guide.actions(input)),
    mutate: os.mutate.handler(({ input }) => guide.mutate(input)),
    trap: os.trap.handler(({ input }) => guide.trap(input)),
    drift: os.drift.handler(({ input }) => guide.drift(input)),
    curriculum: os.curriculum.handler(({ input }) => guide.curriculum(input.scores)),
    budget: os.budget.handler(({ input }) => guide.budget(input)),
    policies: os.policies.handler(({ input }) => guide.policies(input)),
  };
}
