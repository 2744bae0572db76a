import { setImmediate } from 'node:timers/promises';
import type { GuidePoliciesInput, GuidePolicy } from '../../contract/guide.ts';
import { AUDIT_POLICIES, type Policy } from '../../engine/audit/policies.ts';
import { observe, startEpisode, step, summarize, type Environment } from '../../engine/environment/environment.ts';
import { randomFrom } from '../../engine/random/random.ts';

/** Episodes that each policy plays: enough to tell them apart, few enough to wait for. */
export const EPISODES = 8;
const SHOWN: readonly string[] = ['ALLOW', 'BLOCK', 'keyword rules', 'uniform random', 'oracle'];

/** Plays simple policies on the same episodes; other work goes on between two episodes. */
export async function playPolicies(env: Environment, { phase, seed }: GuidePoliciesInput): Promise<readonly GuidePolicy[]> {
  const played: GuidePolicy[] = [];
  for (const policy of AUDIT_POLICIES.filter(({ name }) => SHOWN.includes(name))) {
    const total = { steps: 0, reward: 0, breaches: 0, falsePositives: 0, trueNegatives: 0, truePositives: 0 };
    for (let episode = 0; episode < EPISODES; episode++) {
      await setImmediate();
      const figures = playEpisode(env, policy, { phase, seed: (seed + episode) >>> 0 });
      total.steps += figures.steps;
      total.reward += figures.reward;
      total.breaches += Number(figures.breached);
      total.falsePositives += figures.falsePositives;
      total.trueNegatives += figures.trueNegatives;
      total.truePositives += figures.truePositives;
    }
    const { reward, ...counts } = total;
    played.push({ name: policy.name, family: policy.family, episodes: EPISODES, meanReward: reward / counts.steps, ...counts });
  }
  return played;
}

function playEpisode(env: Environment, policy: Policy, start: GuidePoliciesInput) {
  const random = randomFrom(start.seed, 'audit', policy.name);
  let state = startEpisode(env, start);
  for (let observation = observe(env, state); observation !== null; observation = observe(env, state))
    ({ state } = step(env, state, policy.decide({ env, state, observation, random })));
  return summarize(env, state);
}
