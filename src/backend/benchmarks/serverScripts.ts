import { ACTIONS } from '../../contract/actions.ts';
import type { DefenderAction } from '../../contract/episodes.ts';
import { PHASES, type Phase } from '../../contract/observation.ts';
import { evaluate, reveal, startEpisode, step, type Environment, type EpisodeState } from '../../engine/environment/environment.ts';
import { randomFrom, type Random } from '../../engine/random/random.ts';
import type { StepAction } from '../openenv/wire/action.ts';

/** An episode that lasts to its end, and what is decided in it. */
export interface EpisodeScript {
  readonly seed: number;
  readonly phase: Phase;
  /** One list of decisions for each member of the group, as long as the episode. */
  readonly members: readonly (readonly StepAction[])[];
}

const RATIONALE = 'The message does what the user asked for and carries no instructions.';

/**
 * What a group of rollouts of one seed decides: mostly the fitting action, at times another that does not let an attack
 * through, so that episodes last and members go different ways.
 */
export function groupScript(environment: Environment, seed: number, members: number): EpisodeScript {
  const phase = PHASES[seed % PHASES.length] as Phase;
  const rollouts = Array.from({ length: members }, (_, member) =>
    rollout(environment, { seed, phase }, randomFrom(seed, 'rollout', member)),
  );
  return { seed, phase, members: rollouts };
}

function rollout(environment: Environment, start: { readonly seed: number; readonly phase: Phase }, random: Random): readonly StepAction[] {
  const actions: StepAction[] = [];
  for (let state = startEpisode(environment, start); state.finished === null;) {
    const action = choose(environment, state, random);
    state = step(environment, state, action).state;
    const { action: action_type, confidence = null, rationale = null, restrictions = null } = action;
    actions.push({ action_type, confidence, rationale, ...(restrictions === null ? {} : { mcp_restrictions: [...restrictions] }) });
  }
  return actions;
}

function choose(environment: Environment, state: EpisodeState, random: Random): DefenderAction {
  const { fitting, needs, malicious } = reveal(environment, state);
  const wanted = random.next() < 0.6 ? fitting : random.pick(ACTIONS);
  const answer = { action: wanted, confidence: 0.9, rationale: RATIONALE };
  const candidate = wanted === 'CAPABILITY_MEDIATION' ? { ...answer, restrictions: malicious ? needs : [] } : answer;
  return evaluate(environment, state, candidate).verdict === 'FN' ? { ...answer, action: 'REVOKE_STDIO' } : candidate;
}
