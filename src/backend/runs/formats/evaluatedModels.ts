import type { ResultMeasure, ResultModel } from '../../../contract/runs.ts';

/** A measure as `evaluation.json` and `summary.json` name it; the first name that a model has counts. */
export const EVALUATED_NAMES: { readonly [M in ResultMeasure]: readonly string[] } = {
  overall_reward: ['overall_reward'],
  env_step_reward: ['env_step_reward_mean', 'env_step_reward', 'mean_reward', 'env_reward'],
  threat_awareness: ['threat_awareness_mean', 'threat_awareness'],
  action_stability: ['kl', 'action_stability_kl', 'action_stability'],
};

const ROLES: readonly (readonly [role: ResultModel, name: RegExp])[] = [
  ['baseline', /^(base|baseline|untrained)\b/i],
  ['warm_start', /^(sft|warm[ _-]?start)\b/i],
  ['trained', /^(defender|omniguard|trained)\b/i],
];

/** What a model of an evaluation is in the comparison, by its name; null for one that is none of these. */
export function roleOf(model: string): ResultModel | null {
  return ROLES.find(([, pattern]) => pattern.test(model))?.[0] ?? null;
}
