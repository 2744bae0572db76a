import type { Action, Capability } from '../../contract/actions.ts';
import type { CriticReport, EffectOutcome, GroundTruth, Verdict } from '../../contract/episodes.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';

/** What an action does to a message, and what that makes of the decision. */
export interface Effect {
  readonly verdict: Verdict;
  readonly outcome: EffectOutcome;
}

/** True when the message escapes over a STDIO channel that only REVOKE_STDIO can close; over HTTP there is none. */
export function isOpenEscape(scenario: ScenarioMessage): boolean {
  return scenario.truth.stdioEscape && scenario.message.context.transport === 'stdio';
}

/** Over HTTP, REVOKE_STDIO closes the connection and behaves as BLOCK. */
export function effectiveAction(action: Action, message: GatewayMessage): Action {
  return action === 'REVOKE_STDIO' && message.context.transport === 'http' ? 'BLOCK' : action;
}

/**
 * Carries one action out on one message.
 * @param restrictions capabilities taken away, used by CAPABILITY_MEDIATION alone
 * @param critic the comparison with the message's reference; null when it has none, which finds no drift
 */
export function applyAction(
  scenario: ScenarioMessage,
  action: Action,
  restrictions: readonly Capability[],
  critic: CriticReport | null,
): Effect {
  const { truth } = scenario;
  const caught = truth.malicious ? (isOpenEscape(scenario) ? 'FN' : 'TP') : 'FP';
  const passed = truth.malicious ? 'FN' : 'TN';
  switch (effectiveAction(action, scenario.message)) {
    case 'ALLOW':
      return { verdict: passed, outcome: 'forwarded' };
    case 'BLOCK':
      return { verdict: caught, outcome: 'rejected' };
    case 'SPOTLIGHT':
      return { verdict: caught, outcome: truth.malicious ? 'held' : 'released' };
    case 'SEMANTIC_DIFF':
      return critic?.driftFound === true ? { verdict: caught, outcome: 'drift_found' } : { verdict: passed, outcome: 'no_drift' };
    case 'CAPABILITY_MEDIATION':
      return { verdict: mediationVerdict(scenario, restrictions), outcome: 'mediated' };
    case 'REVOKE_STDIO':
      return { verdict: truth.malicious ? 'TP' : 'FP', outcome: 'severed' };
  }
}

function mediationVerdict(scenario: ScenarioMessage, restrictions: readonly Capability[]): Verdict {
  const { truth } = scenario;
  if (!truth.malicious) return truth.needs.some((capability) => restrictions.includes(capability)) ? 'FP' : 'TN';
  return !isOpenEscape(scenario) && coversThreat(truth, restrictions) ? 'TP' : 'FN';
}

/** True when nothing that the threat needs is left to it. A threat that needs no capability cannot be mediated away. */
export function coversThreat(truth: GroundTruth, restrictions: readonly Capability[]): boolean {
  return truth.needs.length > 0 && truth.needs.every((capability) => restrictions.includes(capability));
}

/** True when the message never reached its receiver, as far as the sender can tell: what makes an adversary try again. */
export function isBlocked(outcome: EffectOutcome): boolean {
  return outcome === 'rejected' || outcome === 'held' || outcome === 'drift_found' || outcome === 'severed';
}

/** What a gateway can know about an outcome: it holds every SPOTLIGHT; what the analyst makes of it later says what the message was. */
export function observableOutcome(outcome: EffectOutcome): EffectOutcome {
  return outcome === 'released' ? 'held' : outcome;
}
