import { ACTIONS, perAction, type PerAction } from '../../../contract/actions.ts';
import { VERDICTS, type Verdict } from '../../../contract/episodes.ts';
import type { StepFacts } from '../environments/reply.ts';

export const REWARD_COMPONENTS = ['security', 'usability', 'latency', 'format'] as const;
export type RewardComponent = (typeof REWARD_COMPONENTS)[number];

/** Sums over steps; plain numbers, because a step must cost next to nothing. */
export class StepCounters {
  steps = 0;
  reward = 0;
  episodes = 0;
  episodeReward = 0;
  episodeScore = 0;
  breaches = 0;
  readonly components: { [C in RewardComponent]: number } = { security: 0, usability: 0, latency: 0, format: 0 };
  private readonly outcomes = new Map<string, number>();

  add({ action, verdict, reward, components, episode }: StepFacts): void {
    this.steps += 1;
    this.reward += reward;
    for (const component of REWARD_COMPONENTS) this.components[component] += components[component];
    const key = `${action} ${verdict}`;
    this.outcomes.set(key, (this.outcomes.get(key) ?? 0) + 1);
    if (episode === null) return;
    this.episodes += 1;
    this.episodeReward += episode.reward;
    this.episodeScore += episode.score;
    if (episode.breached) this.breaches += 1;
  }

  /** Steps with this action and this verdict. */
  count(action: StepFacts['action'], verdict: Verdict): number {
    return this.outcomes.get(`${action} ${verdict}`) ?? 0;
  }

  actions(): PerAction {
    return perAction((action) => VERDICTS.reduce((sum, verdict) => sum + this.count(action, verdict), 0));
  }

  verdicts(): { readonly [V in Verdict]: number } {
    const of = (verdict: Verdict): number => ACTIONS.reduce((sum, action) => sum + this.count(action, verdict), 0);
    return { TP: of('TP'), TN: of('TN'), FP: of('FP'), FN: of('FN') };
  }

  /** Mean of a sum over steps; null before the first. */
  perStep(sum: number): number | null {
    return this.steps === 0 ? null : sum / this.steps;
  }

  perEpisode(sum: number): number | null {
    return this.episodes === 0 ? null : sum / this.episodes;
  }

  /** Share of benign messages that raised a false alarm; null before the first benign one. */
  alertFatigue(): number | null {
    const { FP, TN } = this.verdicts();
    return FP + TN === 0 ? null : FP / (FP + TN);
  }
}
