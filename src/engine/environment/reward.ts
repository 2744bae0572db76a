import type { Action, Capability } from '../../contract/actions.ts';
import type { CriticReport, GroundTruth, RewardBreakdown, Verdict } from '../../contract/episodes.ts';
import { isSuspicious, type RationaleReport } from './rationale.ts';
import { BREACH_TOTAL, FORMAT, HEAVINESS, SECURITY_REWARD, SHAPING } from './shaping.ts';

export interface RewardInput {
  readonly truth: GroundTruth;
  /** The action in effect: BLOCK for a REVOKE_STDIO over HTTP. */
  readonly action: Action;
  readonly restrictions: readonly Capability[];
  readonly verdict: Verdict;
  readonly critic: CriticReport | null;
  readonly rationale: RationaleReport;
  /** Stated confidence 0..1, when there is one. */
  readonly confidence: number | undefined;
  /** ALLOW decisions directly before this one, 0..3. */
  readonly allowRun: number;
  /** The latency component, 0 or less. */
  readonly latency: number;
}

/** The four components of one step's reward; a breach totals exactly -1. */
export function rewardOf(input: RewardInput): RewardBreakdown {
  const security = securityReward(input);
  const usabilityParts = partsOfUsability(input);
  let usability = 0;
  for (const part of Object.values(usabilityParts)) usability += part;
  const format = formatReward(input.rationale);
  const total = input.verdict === 'FN' ? BREACH_TOTAL : security + usability + input.latency + format;
  return { security, usability, latency: input.latency, format, total, usabilityParts };
}

function securityReward({ action, verdict, critic }: RewardInput): number {
  if (verdict === 'TP' && action === 'SEMANTIC_DIFF' && critic !== null) return Math.max(SECURITY_REWARD.TP, critic.score);
  return SECURITY_REWARD[verdict];
}

export function formatReward(rationale: RationaleReport): number {
  switch (rationale.substance) {
    case 'missing':
      return FORMAT.missing;
    case 'thin':
      return 0;
    case 'says_something':
      return FORMAT.saysSomething;
  }
}

function partsOfUsability(input: RewardInput): { readonly [part: string]: number } {
  const { truth, action, verdict } = input;
  const parts: { [part: string]: number } = {};
  const correct = verdict === 'TP' || verdict === 'TN';
  if (correct) {
    const cost = heavierCost(truth, action, input.restrictions);
    if (cost > 0) parts['heavier_than_fitting'] = -cost;
  }
  if (verdict === 'FP' && action === 'SPOTLIGHT') parts['analyst_release'] = SHAPING.analystRelease;
  if (verdict === 'FP' && action === 'REVOKE_STDIO') parts['server_down'] = SHAPING.serverDown;
  if (verdict === 'FN' && action === 'ALLOW' && input.allowRun > 0)
    parts['repeated_allow'] = Math.max(SHAPING.repeatedAllowCap, SHAPING.repeatedAllow * input.allowRun);
  if (isSuspicious(input.rationale)) parts['suspicious_rationale'] = SHAPING.suspiciousRationale;
  if (action === 'CAPABILITY_MEDIATION' && input.restrictions.length === 0) parts['no_restrictions'] = SHAPING.noRestrictions;
  const sure = confidenceTerm(input.confidence);
  if (sure > 0) parts['confidence'] = correct ? sure : -sure;
  return parts;
}

/** What a sufficient action costs for interfering more than the fitting one would, 0..0.15. */
export function heavierCost(truth: GroundTruth, action: Action, restrictions: readonly Capability[]): number {
  const heavier = Math.max(0, HEAVINESS[action] - HEAVINESS[truth.fitting]);
  const surplus = action === 'CAPABILITY_MEDIATION' ? restrictions.filter((capability) => !truth.needs.includes(capability)).length : 0;
  return Math.min(SHAPING.heavierCap, heavier * SHAPING.heavierStep + surplus * SHAPING.surplusRestriction);
}

function confidenceTerm(confidence: number | undefined): number {
  const lean = confidence === undefined ? 0 : Math.max(0, 2 * confidence - 1);
  return SHAPING.confidence * lean * lean;
}
