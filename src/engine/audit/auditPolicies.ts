import { PHASES, type Phase } from '../../contract/observation.ts';
import { observe, startEpisode, step, summarize, type Environment } from '../environment/environment.ts';
import { randomFrom } from '../random/random.ts';
import { AUDIT_POLICIES, type Policy } from './policies.ts';

/** No constant policy may reach this share of the oracle's mean reward. */
export const CONSTANT_POLICY_LIMIT = 0.35;

export interface PolicyAudit {
  readonly policy: string;
  readonly family: Policy['family'];
  /** Reward per step played, over all episodes. */
  readonly meanReward: number;
  /** `meanReward` divided by the oracle's. */
  readonly shareOfOracle: number;
  readonly steps: number;
  /** Share of episodes that ended in a breach, 0..1. */
  readonly breachRate: number;
  /** Mean episode score, 0..1. */
  readonly meanScore: number;
}

export interface PhaseAudit {
  readonly phase: Phase;
  readonly policies: readonly PolicyAudit[];
  /** The largest share of the oracle's mean reward that a constant policy reaches. */
  readonly bestConstantShare: number;
  readonly oracleTops: boolean;
}

export interface PolicyAuditReport {
  readonly phases: readonly PhaseAudit[];
  /** True when every phase keeps the limit and the oracle tops all others. */
  readonly holds: boolean;
}

export interface AuditOptions {
  /** Episodes for each policy and phase, > 0. */
  readonly episodes: number;
  /** Episodes are seeded from here on: seed, seed + 1, ... */
  readonly seed: number;
}

/** Plays every policy of the audit in every phase on the same episodes. */
export function auditPolicies(env: Environment, options: AuditOptions): PolicyAuditReport {
  const phases = PHASES.map((phase) => auditPhase(env, phase, options));
  return {
    phases,
    holds: phases.every(({ bestConstantShare, oracleTops }) => oracleTops && bestConstantShare < CONSTANT_POLICY_LIMIT),
  };
}

function auditPhase(env: Environment, phase: Phase, options: AuditOptions): PhaseAudit {
  const played = AUDIT_POLICIES.map((policy) => play(env, phase, policy, options));
  const oracle = played.find(({ family }) => family === 'oracle')?.meanReward ?? 0;
  const policies = played.map((result) => ({ ...result, shareOfOracle: result.meanReward / oracle }));
  const others = policies.filter(({ family }) => family !== 'oracle');
  const constants = policies.filter(({ family }) => family === 'constant');
  return {
    phase,
    policies,
    bestConstantShare: Math.max(...constants.map(({ shareOfOracle }) => shareOfOracle)),
    oracleTops: oracle > 0 && others.every(({ meanReward }) => meanReward < oracle),
  };
}

function play(env: Environment, phase: Phase, policy: Policy, { episodes, seed }: AuditOptions): Omit<PolicyAudit, 'shareOfOracle'> {
  let reward = 0;
  let steps = 0;
  let breaches = 0;
  let score = 0;
  for (let episode = 0; episode < episodes; episode++) {
    const start = { seed: (seed + episode) >>> 0, phase };
    const random = randomFrom(start.seed, 'audit', policy.name);
    let state = startEpisode(env, start);
    for (let observation = observe(env, state); observation !== null; observation = observe(env, state))
      ({ state } = step(env, state, policy.decide({ env, state, observation, random })));
    const summary = summarize(env, state);
    reward += summary.reward;
    steps += summary.steps;
    score += summary.score;
    if (summary.breached) breaches++;
  }
  return {
    policy: policy.name,
    family: policy.family,
    meanReward: reward / steps,
    steps,
    breachRate: breaches / episodes,
    meanScore: score / episodes,
  };
}
