import { ACTIONS, perAction, type Action } from '../../contract/actions.ts';
import { VERDICTS, type Verdict } from '../../contract/episodes.ts';
import type { LaneTotals } from '../../contract/live.ts';
import { DecisionTimes } from './decisionTimes.ts';

/** The part of a lane's step that counts. */
export interface CountedStep {
  readonly decision: { readonly action: Action; readonly decisionMs: number };
  readonly info: { readonly verdict: Verdict; readonly reward: { readonly total: number } };
}

/** Running figures of one lane; `snapshot` is cheap enough to be taken after every step. */
export class TotalsCounter {
  private steps = 0;
  private reward = 0;
  private readonly verdicts = new Map<Verdict, number>(VERDICTS.map((verdict) => [verdict, 0]));
  private readonly actions = new Map<Action, number>(ACTIONS.map((action) => [action, 0]));
  private readonly times = new DecisionTimes();

  add({ decision, info }: CountedStep): void {
    this.steps++;
    this.reward += info.reward.total;
    this.verdicts.set(info.verdict, this.of(info.verdict) + 1);
    this.actions.set(decision.action, (this.actions.get(decision.action) ?? 0) + 1);
    this.times.add(decision.decisionMs);
  }

  snapshot(): LaneTotals {
    const benign = this.of('TN') + this.of('FP');
    return {
      steps: this.steps,
      reward: this.reward,
      alertFatigue: benign === 0 ? null : this.of('FP') / benign,
      // A missed attack is a breach and ends the episode.
      breaches: this.of('FN'),
      truePositives: this.of('TP'),
      trueNegatives: this.of('TN'),
      falsePositives: this.of('FP'),
      falseNegatives: this.of('FN'),
      actions: perAction((action) => this.actions.get(action) ?? 0),
      decisionMs: this.times.percentiles(),
    };
  }

  private of(verdict: Verdict): number {
    return this.verdicts.get(verdict) ?? 0;
  }
}
