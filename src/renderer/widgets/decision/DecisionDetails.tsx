import { memo } from 'react';
import { ACTIONS } from '../../../contract/actions.ts';
import type { Abstention } from '../../../contract/decisions.ts';
import type { CriticReport, EffectOutcome, RewardBreakdown, StepInfo } from '../../../contract/episodes.ts';
import type { LaneStep } from '../../../contract/live.ts';
import { classes } from '../../lib/classes.ts';
import { count, fixed, milliseconds, percent, signed, words } from '../../lib/format.ts';
import { LANE_NAMES } from '../../lib/laneNames.ts';
import { ActionChip, actionColour, ActionMarkIcon, actionShortName } from '../ActionChip.tsx';
import { HostileText } from '../HostileText.tsx';
import { VerdictBadge } from '../VerdictBadge.tsx';
import styles from './DecisionDetails.module.css';

const OUTCOMES: { readonly [O in EffectOutcome]: string } = {
  forwarded: 'Forwarded',
  rejected: 'Rejected, quarantined',
  held: 'Held for an analyst',
  released: 'Held, then released by the analyst',
  drift_found: 'Drift found, stopped',
  no_drift: 'No drift found, forwarded',
  mediated: 'Forwarded with restrictions',
  severed: 'Server channel severed',
};

/** What became of the message; a stopped message does not close the channel that a STDIO escape uses. */
function outcomeOf({ outcome, verdict, truth }: StepInfo): string {
  const stopped = outcome === 'rejected' || outcome === 'held' || outcome === 'drift_found';
  return verdict === 'FN' && truth.stdioEscape && stopped ? `${OUTCOMES[outcome]}; the STDIO channel stayed open` : OUTCOMES[outcome];
}

const ABSTENTIONS: { readonly [A in Abstention]: string } = {
  label_mass_low: 'The model’s answer lay mostly outside the six actions; the safe fallback was taken.',
  input_too_long: 'The message did not fit the context; the safe fallback was taken.',
  ambiguous: 'No action stood out; the safe fallback was taken.',
  model_failed: 'The model failed on this message; the safe fallback was taken.',
};

const REFERENCES: { readonly [R in CriticReport['reference']]: string } = {
  pinned_baseline: 'pinned definition',
  surface_text: 'surface text',
  user_task: 'user task',
};

interface DecisionDetailsProps {
  readonly step: LaneStep;
  /** Ticks in a whole episode's latency budget. */
  readonly budgetTicks: number;
}

/** What a lane decided about one message, why, and what followed from it. */
export const DecisionDetails = memo(function DecisionDetails({ step, budgetTicks }: DecisionDetailsProps) {
  const { decision, info, lane } = step;
  const left = step.budgetLeft - info.ticks;
  return (
    <div className={styles['body']} tabIndex={0} role="group" aria-label={`${LANE_NAMES[lane]} decision`}>
      <div className={styles['decision']}>
        <ActionChip action={decision.action} testId={`lane-${lane}-action`} />
        <VerdictBadge verdict={info.verdict} long />
        <span className={styles['reward']} title="Total reward of this step" data-testid={`lane-${lane}-reward`}>
          {signed(info.reward.total)}
        </span>
      </div>
      {decision.abstention === null ? null : <p className={styles['abstention']}>{ABSTENTIONS[decision.abstention]}</p>}
      <Probabilities step={step} />
      <Reward reward={info.reward} />
      <div className={styles['budget']}>
        <span>Latency budget</span>
        <span
          className={styles['meter']}
          role="meter"
          aria-label="Latency budget left"
          aria-valuemin={0}
          aria-valuemax={budgetTicks}
          aria-valuenow={Math.max(0, left)}
        >
          <span
            className={classes(styles['fill'], left <= 0 && styles['over'])}
            style={{ inlineSize: `${Math.min(100, (Math.max(0, left) / Math.max(1, budgetTicks)) * 100)}%` }}
          />
        </span>
        <span>
          {fixed(left, 0)} of {budgetTicks} ticks
        </span>
        <span className={styles['ms']}>{milliseconds(decision.decisionMs)} ms</span>
      </div>
      <div className={styles['reasons']}>
        <p>
          <strong>{outcomeOf(info)}.</strong>{' '}
          {decision.rationale === '' ? 'No rationale given.' : <HostileText text={decision.rationale} />}
        </p>
        {decision.restrictions.length === 0 ? null : (
          <p>
            <span className={styles['muted']}>Restricted:</span> {decision.restrictions.join(', ')}
          </p>
        )}
        {decision.evidence.length === 0 ? null : (
          <ul className={styles['evidence']} aria-label="Evidence">
            {decision.evidence.map((item, index) => (
              <li key={index}>
                <HostileText text={item.text} />
                {item.pointer === undefined ? null : (
                  <code>
                    <HostileText text={item.pointer} />
                  </code>
                )}
              </li>
            ))}
          </ul>
        )}
        <p className={styles['line']} data-risk={info.verifier.risk}>
          <span className={styles['muted']}>Verifier:</span> {info.verifier.risk} risk
          {info.verifier.flags.length === 0 ? ', no flags' : <strong> {info.verifier.flags.map(words).join(', ')}</strong>}
        </p>
        {info.critic === null ? null : <Critic critic={info.critic} />}
        <p className={styles['line']}>
          <span className={styles['muted']}>Six labels hold</span> {percent(decision.labelMass, 0)}{' '}
          <span className={styles['muted']}>of the model’s probability; new tokens</span> {count(decision.newTokens)}
        </p>
      </div>
    </div>
  );
});

/** Probability of each action, its expected cost when a cost rule decided, and what it would have earned. */
function Probabilities({ step: { decision, info } }: { readonly step: LaneStep }) {
  const { probabilities, expectedCost, action: chosen } = decision;
  return (
    <table className={styles['actions']}>
      <thead>
        <tr>
          <th scope="col">Action</th>
          <th scope="col" colSpan={2}>
            Probability
          </th>
          {expectedCost === null ? null : (
            <th scope="col" title="Expected cost under the cost preset; the least one is chosen">
              Cost
            </th>
          )}
          {info.counterfactual === null ? null : (
            <th scope="col" title="Reward that each action would have earned here">
              Worth
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {ACTIONS.map((action) => (
          <tr key={action} aria-current={action === chosen ? 'true' : undefined}>
            <th scope="row">
              <span className={styles['actionName']}>
                <ActionMarkIcon action={action} size={14} />
                {actionShortName(action)}
              </span>
            </th>
            <td className={styles['barCell']}>
              <span className={styles['bar']}>
                <span style={{ inlineSize: `${probabilities[action] * 100}%`, background: actionColour(action) }} />
              </span>
            </td>
            <td>{percent(probabilities[action])}</td>
            {expectedCost === null ? null : <td>{fixed(expectedCost[action])}</td>}
            {info.counterfactual === null ? null : <td>{signed(info.counterfactual[action])}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COMPONENTS = ['security', 'usability', 'latency', 'format'] as const;

function Reward({ reward }: { readonly reward: RewardBreakdown }) {
  const parts = Object.entries(reward.usabilityParts).filter(([, value]) => Math.abs(value) >= 0.005);
  return (
    <div className={styles['components']}>
      <dl>
        {COMPONENTS.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{signed(reward[name])}</dd>
          </div>
        ))}
        <div className={styles['total']}>
          <dt>total</dt>
          <dd>{signed(reward.total)}</dd>
        </div>
      </dl>
      {parts.length === 0 ? null : (
        <p>
          <span className={styles['muted']}>Usability:</span> {parts.map(([name, value]) => `${words(name)} ${signed(value)}`).join(', ')}
        </p>
      )}
    </div>
  );
}

function Critic({ critic }: { readonly critic: CriticReport }) {
  const { drift, threshold, driftFound, parts, reference } = critic;
  return (
    <p className={styles['line']}>
      <span className={styles['muted']}>Critic:</span> drift {fixed(drift)} against the {REFERENCES[reference]}, threshold{' '}
      {fixed(threshold)}, <strong>{driftFound ? 'drift found' : 'no drift'}</strong>{' '}
      <span className={styles['muted']}>
        (embedding {fixed(parts.embedding)}, lexical {fixed(parts.lexical)}, structural {fixed(parts.structural)})
      </span>
    </p>
  );
}
