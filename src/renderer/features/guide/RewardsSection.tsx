import { placeHref } from '../../app/useRoute.ts';
import { fixed, signed } from '../../lib/format.ts';
import type { GuideConditions } from '../../../contract/guide.ts';
import { Button } from '../../widgets/Button.tsx';
import { ActionTable } from './ActionTable.tsx';
import { Demonstration } from './Demonstration.tsx';
import { editedMessage, PLAIN_CONDITIONS, useEditedMessage } from './editedMessage.ts';
import { useFacts } from './FactsContext.ts';
import { CheckField, RangeField, TextField } from './fields.tsx';
import styles from './Guide.module.css';
import { CapabilityChecks } from './MessageEditor.tsx';
import { useWeighed } from './useWeighed.ts';

export function RewardsSection() {
  const { security, breachTotal, usability, format, latency } = useFacts();
  const { asked, inputProblem } = useWeighed({ plain: false });
  return (
    <>
      <p>
        A step’s reward is the sum of four components, each of which is reported. A breach totals {signed(breachTotal)} whatever they say.
      </p>
      <dl className={styles['terms']}>
        <dt>Security</dt>
        <dd>
          TP {signed(security.TP)}, TN {signed(security.TN)}, FP {signed(security.FP)}, FN {signed(security.FN)}. A drift that the critic
          catches earns its score when that is more.
        </dd>
        <dt>Usability</dt>
        <dd>
          A right but heavier action than the fitting one costs up to {fixed(usability.heavierCap)}. On benign messages SPOTLIGHT gets{' '}
          {signed(usability.analystRelease)} back, REVOKE_STDIO pays {signed(usability.serverDown)} more. Mediation without restrictions{' '}
          {signed(usability.noRestrictions)}, suspicious rationale {signed(usability.suspiciousRationale)}, repeated ALLOW down to{' '}
          {signed(usability.repeatedAllowCap)}, stated confidence up to ±{fixed(usability.confidence)}.
        </dd>
        <dt>Latency</dt>
        <dd>Nothing within the budget, down to {signed(-latency.overrunCap)} over it.</dd>
        <dt>Format</dt>
        <dd>
          {signed(format.saysSomething)} for a rationale that says something, {signed(format.missing)} for none.
        </dd>
      </dl>
      <p>
        The message is the one of <a href={placeHref('guide', { path: ['actions'] })}>The six actions</a>; what follows changes the
        circumstances of the decision.
      </p>
      <Demonstration
        label="What the reward is made of"
        testId="guide-rewards"
        asked={asked}
        inputProblem={inputProblem}
        controls={<Conditions />}
      >
        {(weighed) => <ActionTable weighed={weighed} reasons="reward" />}
      </Demonstration>
    </>
  );
}

function set(change: Partial<GuideConditions>): void {
  editedMessage.setState(({ conditions }) => ({ conditions: { ...conditions, ...change } }));
}

function Conditions() {
  const { budgetTicks } = useFacts().config;
  const { ticksUsed, confidence, allowRun, rationale, restrictions } = useEditedMessage(({ conditions }) => conditions);
  return (
    <>
      <RangeField
        label="Ticks used before"
        value={ticksUsed}
        min={0}
        max={40}
        shown={`${ticksUsed} of ${budgetTicks}`}
        onChange={(value) => set({ ticksUsed: value })}
        testId="guide-ticks"
      />
      <RangeField
        label="ALLOW decisions just before"
        value={allowRun}
        min={0}
        max={8}
        shown={String(allowRun)}
        onChange={(value) => set({ allowRun: value })}
      />
      <RangeField
        label="Stated confidence"
        value={confidence === null ? -1 : Math.round(confidence * 100)}
        min={-1}
        max={100}
        shown={confidence === null ? 'none' : fixed(confidence)}
        onChange={(value) => set({ confidence: value < 0 ? null : value / 100 })}
      />
      <CheckField checked={rationale === null} onChange={(own) => set({ rationale: own ? null : '' })} testId="guide-own-rationale">
        Rationale of the analysers
      </CheckField>
      {rationale === null ? null : (
        <TextField
          label="Rationale"
          value={rationale}
          rows={2}
          maxLength={2_000}
          onChange={(value) => set({ rationale: value })}
          testId="guide-rationale"
        />
      )}
      <CheckField checked={restrictions === null} onChange={(own) => set({ restrictions: own ? null : [] })}>
        Restrictions that the analysers propose
      </CheckField>
      {restrictions === null ? null : (
        <CapabilityChecks
          legend="CAPABILITY_MEDIATION takes away"
          chosen={restrictions}
          onChange={(chosen) => set({ restrictions: chosen })}
          testId="guide-restrictions"
        />
      )}
      <Button onClick={() => editedMessage.setState({ conditions: PLAIN_CONDITIONS })}>Plain circumstances</Button>
    </>
  );
}
