import { perAction, type Action, type PerAction } from '../../contract/actions.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { BREACH_TOTAL, FORMAT, HEAVINESS, SECURITY_REWARD, SHAPING } from './shaping.ts';

/** The part of a labelled suite record that decides the rewards. */
export interface SuiteLabels {
  readonly label: 'benign' | 'malicious';
  /** The fitting action. */
  readonly action: Action;
  readonly acceptable: readonly Action[];
  readonly kind: GatewayMessage['kind'];
  readonly context: Pick<GatewayMessage['context'], 'transport'>;
}

/**
 * The reward of each action for a labelled record, from the constants of the environment. A record says
 * which actions are acceptable but not which capabilities a threat needs, and no critic runs, so:
 *
 * - malicious: an acceptable action is a TP, less what it is heavier than the fitting one. REVOKE_STDIO as
 *   the fitting action over stdio makes the record an escape: lighter acceptable actions leave the channel
 *   open and cost the full cap, all others breach. Else BLOCK, SPOTLIGHT and REVOKE_STDIO still stop the
 *   message and cost the full cap; SEMANTIC_DIFF and CAPABILITY_MEDIATION breach where they are not acceptable.
 * - benign: ALLOW is a TN. SEMANTIC_DIFF and CAPABILITY_MEDIATION are TNs that cost more where they are acceptable
 *   or cannot hurt; SEMANTIC_DIFF of a changed definition finds the change, and mediation of traffic that acts
 *   (calls, launches, sampling) takes away what it needs: FPs.
 *
 * REVOKE_STDIO over HTTP is worth what BLOCK is. Every action is taken to come with a rationale that says something, as in `counterfactual`.
 */
export function suiteRewards(record: SuiteLabels): PerAction {
  return perAction((given) => {
    const action = given === 'REVOKE_STDIO' && record.context.transport === 'http' ? 'BLOCK' : given;
    const { verdict, shaping } = record.label === 'malicious' ? malicious(record, action) : benign(record, action);
    return verdict === 'FN' ? BREACH_TOTAL : SECURITY_REWARD[verdict] + shaping + FORMAT.saysSomething;
  });
}

interface Grade {
  readonly verdict: 'TP' | 'TN' | 'FP' | 'FN';
  readonly shaping: number;
}

const BREACH: Grade = { verdict: 'FN', shaping: 0 };

function malicious(record: SuiteLabels, action: Action): Grade {
  const escape = record.action === 'REVOKE_STDIO' && record.context.transport === 'stdio';
  if (record.acceptable.includes(action)) {
    const leftOpen = escape && action !== 'REVOKE_STDIO';
    return { verdict: 'TP', shaping: leftOpen ? -SHAPING.heavierCap : -heavier(record, action) };
  }
  const stops = action === 'BLOCK' || action === 'SPOTLIGHT' || action === 'REVOKE_STDIO';
  return stops && !escape ? { verdict: 'TP', shaping: -SHAPING.heavierCap } : BREACH;
}

function benign(record: SuiteLabels, action: Action): Grade {
  switch (action) {
    case 'ALLOW':
      return { verdict: 'TN', shaping: 0 };
    case 'BLOCK':
      return { verdict: 'FP', shaping: 0 };
    case 'SPOTLIGHT':
      return { verdict: 'FP', shaping: SHAPING.analystRelease };
    case 'SEMANTIC_DIFF':
      return record.kind === 'manifest_changed' && !record.acceptable.includes(action)
        ? { verdict: 'FP', shaping: 0 }
        : { verdict: 'TN', shaping: -heavier(record, action) };
    case 'CAPABILITY_MEDIATION':
      return ACTING.has(record.kind) && !record.acceptable.includes(action)
        ? { verdict: 'FP', shaping: 0 }
        : { verdict: 'TN', shaping: -heavier(record, action) + SHAPING.noRestrictions };
    case 'REVOKE_STDIO':
      return { verdict: 'FP', shaping: SHAPING.serverDown };
  }
}

const ACTING: ReadonlySet<GatewayMessage['kind']> = new Set(['call', 'launch', 'sampling']);

function heavier(record: SuiteLabels, action: Action): number {
  return Math.min(SHAPING.heavierCap, Math.max(0, HEAVINESS[action] - HEAVINESS[record.action]) * SHAPING.heavierStep);
}
