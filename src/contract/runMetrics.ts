/**
 * What training libraries call the same quantity. A panel of the training page shows one role, whatever each run names it;
 * for a run the first name that it has counts.
 */
export interface MetricRole {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly string[];
}

/** In the order of their panels. */
export const METRIC_ROLES = [
  {
    id: 'reward',
    title: 'Reward mean',
    metrics: ['reward_mean', 'mean_reward', 'reward', 'train/reward', 'train/reward_mean', 'objective/scores', 'rollout/ep_rew_mean'],
  },
  {
    id: 'env_step_reward',
    title: 'Environment step reward mean',
    metrics: [
      'env_step_reward_mean',
      'env_step_reward',
      'env_reward',
      'train/env_step_reward_mean',
      'train/env_step_reward',
      'rewards/env_step_reward/mean',
      'train/rewards/env_step_reward/mean',
    ],
  },
  {
    id: 'threat_awareness',
    title: 'Threat awareness mean',
    metrics: [
      'threat_awareness_mean',
      'threat_awareness',
      'train/threat_awareness_mean',
      'train/threat_awareness',
      'rewards/threat_awareness/mean',
      'train/rewards/threat_awareness/mean',
    ],
  },
  { id: 'loss', title: 'Loss', metrics: ['loss', 'train/loss', 'train_loss', 'loss/policy_avg'] },
  { id: 'kl', title: 'KL to the reference', metrics: ['kl', 'train/kl', 'objective/kl', 'approx_kl', 'train/approx_kl'] },
  { id: 'entropy', title: 'Entropy', metrics: ['entropy', 'train/entropy', 'objective/entropy', 'policy/entropy_avg'] },
  {
    id: 'clip_ratio',
    title: 'Clip ratio',
    metrics: ['clip_ratio', 'clip_ratio/region_mean', 'train/clip_ratio', 'train/clip_ratio/region_mean', 'policy/clipfrac_avg'],
  },
  { id: 'learning_rate', title: 'Learning rate', metrics: ['learning_rate', 'lr', 'train/learning_rate', 'train/lr'] },
  { id: 'grad_norm', title: 'Gradient norm', metrics: ['grad_norm', 'train/grad_norm', 'gradient_norm'] },
] as const satisfies readonly MetricRole[];
export type MetricRoleId = (typeof METRIC_ROLES)[number]['id'];

/** Prefix of metrics about the machine: processor, memory, accelerator. */
export const SYSTEM_PREFIX = 'system/';
