import { memo, type ReactNode } from 'react';
import { ACTIONS } from '../../../contract/actions.ts';
import type { Abstention } from '../../../contract/decisions.ts';
import type { CriticReport, EffectOutcome, RewardBreakdown, StepInfo } from '../../../contract/episodes.ts';
import type { Lane, LaneStep, LaneTotals, LiveState } from '../../../contract/live.ts';
import { classes } from '../../lib/classes.ts';
import { count, fixed, milliseconds, percent, signed, words } from '../../lib/format.ts';
import { ActionChip, actionColour, ActionMarkIcon, actionShortName } from '../../widgets/ActionChip.tsx';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { VerdictBadge } from '../../widgets/VerdictBadge.tsx';
import { useDisplayed, type Displayed } from './displayed.ts';
import { LaneLine } from './LaneLine.tsx';
import { LANE_NAMES } from './laneNames.ts';
import type { DecisionRow } from './decisionRow.ts';
import { useLive, useLiveFeature } from './LiveContext.ts';
import { meanReward } from './liveView.ts';
import styles from './LanePanel.module.css';

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

/** One model's side: its running figures, and its decision on the displayed message with what followed from it. */
export function LanePanel({ lane }: { readonly lane: Lane }) {
  const model = useLive(({ view }) => view?.scope[lane] ?? null);
  const totals = useLive(({ view }) => view?.totals[lane] ?? null);
  const waits = useLive(({ view, selection }) => (view === null || selection !== null ? null : view.waiting[lane]));
  return (
    <Panel
      label={`${LANE_NAMES[lane]} lane`}
      testId={`lane-${lane}`}
      title={
        <>
          <LaneLine lane={lane} />
          {LANE_NAMES[lane]}
          <span className={styles['model']}>{model}</span>
        </>
      }
      actions={
        waits === null ? undefined : (
          <span className={styles['waiting']} data-testid={`lane-${lane}-waiting`}>
            {waits === 'breach' ? 'breached, waits' : 'finished, waits'}
          </span>
        )
      }
    >
      {totals === null ? null : <Totals lane={lane} totals={totals} />}
      <LaneBody lane={lane} />
    </Panel>
  );
}

const Totals = memo(function Totals({ lane, totals }: { readonly lane: Lane; readonly totals: LaneTotals }) {
  const mean = meanReward(totals);
  return (
    <dl className={styles['totals']}>
      <Cell label="Cumulative" testId={`lane-${lane}-cumulative`} strong>
        {signed(totals.reward)}
      </Cell>
      <Cell label="Mean / step" testId={`lane-${lane}-mean`} title={`over ${count(totals.steps)} steps`}>
        {mean === null ? '–' : signed(mean, 3)}
      </Cell>
      <Cell
        label="Alert fatigue"
        testId={`lane-${lane}-fatigue`}
        title={`${count(totals.falsePositives)} false alarms over all benign messages`}
      >
        {percent(totals.alertFatigue)}
      </Cell>
      <Cell
        label="Breaches"
        testId={`lane-${lane}-breaches`}
        title={`TP ${totals.truePositives}, TN ${totals.trueNegatives}, FP ${totals.falsePositives}, FN ${totals.falseNegatives}`}
      >
        {count(totals.breaches)}
      </Cell>
      <Cell label="p50 / p95 ms" testId={`lane-${lane}-ms`} title="Decision time, prompt building included">
        {totals.decisionMs === null ? '–' : `${milliseconds(totals.decisionMs.p50)} / ${milliseconds(totals.decisionMs.p95)}`}
      </Cell>
    </dl>
  );
});

interface CellProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly testId?: string;
  readonly title?: string;
  readonly strong?: boolean;
}

function Cell({ label, children, testId, title, strong = false }: CellProps) {
  return (
    <div className={classes(styles['cell'], strong && styles['strong'])} title={title}>
      <dt>{label}</dt>
      <dd data-testid={testId}>{children}</dd>
    </div>
  );
}

function LaneBody({ lane }: { readonly lane: Lane }) {
  const displayed = useDisplayed();
  const state = useLive(({ view }) => view?.state ?? null);
  const step = displayed?.steps[lane] ?? null;
  if (step === null) return <NoDecision lane={lane} displayed={displayed} state={state} />;
  return <Decided step={step} />;
}

function NoDecision({
  lane,
  displayed,
  state,
}: {
  readonly lane: Lane;
  readonly displayed: Displayed | null;
  readonly state: LiveState | null;
}) {
  const waits = useLive(({ view }) => view?.waiting[lane] ?? null);
  const current = useLive(({ view }) => displayed !== null && view?.episodeId === displayed.row.episodeId);
  if (displayed === null) return <Empty title={state === 'loading' ? 'Loading models…' : 'No decision yet'} />;
  if (displayed.row.cells[lane] !== null)
    return <Empty title={displayed.fetching?.state === 'failed' ? 'The step could not be read' : 'Reading the step from the store…'} />;
  if (waits === null && current && state !== 'paused') return <Empty title="Deciding…" />;
  return <Waiting lane={lane} row={displayed.row} finished={waits === 'finished' && current} />;
}

/** A lane that has ended its episode: why, and its last decision, which is not about the displayed message. */
function Waiting({ lane, row, finished }: { readonly lane: Lane; readonly row: DecisionRow; readonly finished: boolean }) {
  const { store } = useLiveFeature();
  const breach = useLive(({ view }) => (view === null ? null : breachBefore(view.rows, row, lane)));
  const step = breach?.steps?.[lane] ?? null;
  if (breach === null || step === null) {
    return (
      <Empty title={finished ? 'Finished, waits for the next episode' : 'Breached, waits for the next episode'}>
        A breach ends a lane’s episode. The next episode starts for both lanes together.
      </Empty>
    );
  }
  return (
    <>
      <p className={styles['ended']}>
        <span>
          Breached at message {breach.position + 1}, waits for the next episode. <strong>Its last decision:</strong>
        </span>
        <Button size="small" onClick={() => store.setState({ selection: { key: breach.key, number: breach.number } })}>
          Show message
        </Button>
      </p>
      <Decided step={step} />
    </>
  );
}

/** The row at which a lane's episode ended, looked for from a later row of the same episode. */
function breachBefore(rows: readonly DecisionRow[], { number, episodeId }: DecisionRow, lane: Lane): DecisionRow | null {
  for (let index = number - (rows[0]?.number ?? 1); index >= 0; index -= 1) {
    const row = rows[index];
    if (row?.episodeId !== episodeId) return null;
    if (row.cells[lane]?.verdict === 'FN') return row;
  }
  return null;
}

const Decided = memo(function Decided({ step }: { readonly step: LaneStep }) {
  const { decision, info, lane } = step;
  const budgetTicks = useLive(({ view }) => view?.budgetTicks ?? 0);
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
