import { ACTIONS, perAction, type Action } from '../../contract/actions.ts';
import type { DefenderAction } from '../../contract/episodes.ts';
import type { GuideAction, GuideActions, GuideActionsInput, GuideConditions } from '../../contract/guide.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { MemoryEntry } from '../../contract/observation.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { explain } from '../../engine/analysis/rationale.ts';
import { proposeRestrictions } from '../../engine/analysis/restrictions.ts';
import type { MessagePool, ScenarioMessage } from '../../engine/corpus/scenario.ts';
import { criticTexts } from '../../engine/critic/critic.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { evaluate, startEpisode, type Environment } from '../../engine/environment/environment.ts';
import type { EpisodeState } from '../../engine/environment/state.ts';
import { observed } from './observed.ts';
import { effectSentence, rewardSentences } from './reasons.ts';

const NO_ATTACKS = { malicious: 0, obfuscated: 0, stdio: 0 };
const PHASE = 'bootstrapping';

/** An environment whose every message is the given one, whatever the truth about it. */
function environmentOf(scenario: ScenarioMessage): Environment {
  const refuse = (): never => {
    throw new TypeError('an environment without attacks draws none');
  };
  const pool: MessagePool = { hash: '', benignSession: () => [scenario], attack: refuse, chain: refuse };
  const { curriculum } = DEFAULT_CONFIG;
  return { pool, config: { ...DEFAULT_CONFIG, curriculum: { ...curriculum, phases: { ...curriculum.phases, [PHASE]: NO_ATTACKS } } } };
}

/** Evaluates the six actions on one message as the environment would, without playing any of them. */
export function weighActions({ message, truth, conditions }: GuideActionsInput): GuideActions {
  const scenario: ScenarioMessage = { message, truth, origin: 'guide' };
  const env = environmentOf(scenario);
  const state = stateOf(env, message, conditions);
  const rows = perAction((action) => evaluated(env, state, scenario, action, conditions));
  const totals = ACTIONS.map((action) => rows[action].reward.total);
  const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
  const most = Math.max(...totals);
  return {
    observed: observed(message),
    compared: criticTexts(message, analyze(message)),
    critic: rows.SEMANTIC_DIFF.critic,
    actions: perAction((action) => {
      const { critic: _, ...row } = rows[action];
      return { ...row, advantage: row.reward.total - mean };
    }),
    best: ACTIONS.filter((action) => rows[action].reward.total === most),
  };
}

function stateOf(env: Environment, { kind, context }: GatewayMessage, { ticksUsed, allowRun }: GuideConditions): EpisodeState {
  const allowed: MemoryEntry = { kind, server: context.server, action: 'ALLOW', outcome: 'forwarded' };
  return { ...startEpisode(env, { seed: 0, phase: PHASE }), ticksUsed, memory: Array.from({ length: allowRun }, () => allowed) };
}

function evaluated(env: Environment, state: EpisodeState, scenario: ScenarioMessage, action: Action, conditions: GuideConditions) {
  const { message } = scenario;
  const analysis = analyze(message);
  const restrictions = action === 'CAPABILITY_MEDIATION' ? (conditions.restrictions ?? proposeRestrictions(message, analysis)) : [];
  const rationale = conditions.rationale ?? explain(message, analysis, action, restrictions).rationale;
  const { confidence, decisionMs } = conditions;
  const decision: DefenderAction = { action, restrictions, rationale, decisionMs, ...(confidence === null ? {} : { confidence }) };
  const info = evaluate(env, state, decision);
  const { outcome, verdict, ticks, reward, verifier, critic } = info;
  const after = { used: state.ticksUsed + ticks, budget: env.config.budgetTicks };
  return {
    action,
    restrictions,
    rationale,
    outcome,
    verdict,
    ticks,
    reward,
    verifier,
    critic,
    effect: effectSentence(scenario, action, restrictions, info),
    reasons: rewardSentences(scenario, action, info, after),
  } satisfies Omit<GuideAction, 'advantage'> & { critic: unknown };
}
