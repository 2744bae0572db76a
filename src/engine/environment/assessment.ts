import { perAction, type Action, type Capability, type PerAction } from '../../contract/actions.ts';
import type { CriticReport } from '../../contract/episodes.ts';
import { proposeRestrictions } from '../analysis/restrictions.ts';
import { analyze } from '../analysis/analyze.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';
import { applyAction, effectiveAction } from './effects.ts';
import { inspectRationale } from './rationale.ts';
import { rewardOf } from './reward.ts';

/** What one message is worth under each action, apart from the latency that the episode adds. */
export interface Assessment {
  /** The critic's report with the engine's own embedding. */
  readonly critic: CriticReport | null;
  /** Capabilities that the analysers would take away. */
  readonly proposed: readonly Capability[];
  readonly worth: PerAction<Worth>;
}

export interface Worth {
  readonly breach: boolean;
  /** Total without the latency component; -1 for a breach. */
  readonly total: number;
}

/** Counterfactual actions are taken to come with a rationale that says something and without a stated confidence. */
const PLAIN_RATIONALE = inspectRationale('stands for any rationale that says something');
const NONE: readonly Capability[] = [];

export function assess(scenario: ScenarioMessage, critic: CriticReport | null): Assessment {
  const proposed = proposeRestrictions(scenario.message, analyze(scenario.message));
  return { critic, proposed, worth: perAction((action) => worthOf(scenario, action, proposed, critic)) };
}

/** The worth of one action on one message, restrictions as given. */
export function worthOf(scenario: ScenarioMessage, action: Action, proposed: readonly Capability[], critic: CriticReport | null): Worth {
  const restrictions = action === 'CAPABILITY_MEDIATION' ? proposed : NONE;
  const { verdict } = applyAction(scenario, action, restrictions, critic);
  const reward = rewardOf({
    truth: scenario.truth,
    action: effectiveAction(action, scenario.message),
    restrictions,
    verdict,
    critic,
    rationale: PLAIN_RATIONALE,
    confidence: undefined,
    allowRun: 0,
    latency: 0,
  });
  return { breach: verdict === 'FN', total: reward.total };
}
