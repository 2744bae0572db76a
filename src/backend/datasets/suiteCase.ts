import type { SuiteRecord } from '../../contract/suites.ts';
import { observeMessage } from '../../engine/environment/observeMessage.ts';
import { suiteRewards } from '../../engine/environment/suiteRewards.ts';
import type { LabelledCase } from './labelledCase.ts';

/** A suite record as a gateway would observe it, with the rewards that the environment's constants give its actions. */
export function suiteCase(record: SuiteRecord): LabelledCase {
  const { id, source, group, kind, label, vector, action, message, context } = record;
  const acceptable = record.acceptable.includes(action) ? record.acceptable : [action, ...record.acceptable];
  return {
    id,
    source,
    group,
    kind,
    label,
    vector,
    fitting: action,
    acceptable,
    rewards: suiteRewards({ label, action, acceptable, kind, context }),
    observation: observeMessage({ kind, message, context }),
  };
}
