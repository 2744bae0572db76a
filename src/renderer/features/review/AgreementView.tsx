import { useCallback } from 'react';
import { ACTIONS } from '../../../contract/actions.ts';
import type { AgreementReport, AnalystId, Estimate } from '../../../contract/review.ts';
import { classes } from '../../lib/classes.ts';
import { count, fixed, percent, plural } from '../../lib/format.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { actionShortName, ActionMarkIcon } from '../../widgets/ActionChip.tsx';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Figures.module.css';

/** How far analysts agree, and what that is worth. */
export function AgreementView({ analyst }: { readonly analyst: AnalystId }) {
  const { client } = usePlatform();
  const ask = useCallback(() => client.review.agreement({ analyst }), [client, analyst]);
  const { answer, reload } = useAnswer(ask);
  if (answer.state === 'loading') return <Empty title="Computing the agreement…" />;
  if (answer.state === 'failed') {
    return (
      <Empty title={answer.problem.message}>
        <Button onClick={reload}>Try again</Button>
      </Empty>
    );
  }
  const report = answer.value;
  return (
    <div className={styles['page']} data-testid="review-agreement">
      {report.few ? (
        <Notice
          tone="info"
          title={`${plural(report.shared, 'item')} labelled by two analysts or more.`}
          advice="Under 30 the figures say little; their intervals are wide for that reason."
        />
      ) : null}
      <div className={styles['cards']}>
        <Figure name="Krippendorff’s alpha" estimate={report.alpha} note="Nominal, all analysts, missing labels allowed." />
        <Figure name="Raw agreement" estimate={report.raw} note="Share of label pairs that agree." share />
        <Gold gold={report.gold} />
      </div>
      <div className={styles['columns']}>
        <Pairs pairs={report.pairs} />
        <Confusion report={report} />
      </div>
      <p className={styles['note']}>
        Only first choices made without seeing any other label count. Where one action prevails, kappa and alpha can be low although raw
        agreement is high: read them together. Intervals are 95% percentile bootstraps over items.
      </p>
    </div>
  );
}

function Figure({
  name,
  estimate,
  note,
  share = false,
}: {
  readonly name: string;
  readonly estimate: Estimate;
  readonly note: string;
  readonly share?: boolean;
}) {
  const print = (value: number | null): string => (share ? percent(value) : fixed(value, 3));
  return (
    <Panel title={name} label={name}>
      <div className={styles['figure']}>
        <strong>{print(estimate.value)}</strong>
        <span>
          {estimate.low === null ? 'no interval' : `${print(estimate.low)} to ${print(estimate.high)}`}, n = {count(estimate.items)}
        </span>
        <span className={styles['muted']}>{note}</span>
      </div>
    </Panel>
  );
}

function Gold({ gold }: { readonly gold: AgreementReport['gold'] }) {
  return (
    <Panel title="Your gold items" label="Your gold items">
      <div className={styles['figure']}>
        <strong>{gold.items === 0 ? '–' : `${gold.right} of ${gold.items}`}</strong>
        <span>answered as decided</span>
        <span className={styles['muted']}>Decided items that come back as a test, one in ten.</span>
      </div>
    </Panel>
  );
}

function Pairs({ pairs }: { readonly pairs: AgreementReport['pairs'] }) {
  return (
    <Panel title="Cohen’s kappa, pair by pair" label="Cohen’s kappa">
      {pairs.length === 0 ? (
        <Empty title="No two analysts share an item yet">
          A part of all items is given to two analysts; flag an item to ask for a second one.
        </Empty>
      ) : (
        <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Pairs">
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">Analysts</th>
                <th scope="col">Items</th>
                <th scope="col">Kappa</th>
                <th scope="col">95% interval</th>
                <th scope="col">Agree</th>
              </tr>
            </thead>
            <tbody>
              {pairs.map(({ a, b, kappa, raw }) => (
                <tr key={`${a}/${b}`}>
                  <th scope="row">
                    <HostileText text={a} />, <HostileText text={b} />
                  </th>
                  <td>{count(kappa.items)}</td>
                  <td>{fixed(kappa.value, 3)}</td>
                  <td>{kappa.low === null ? '–' : `${fixed(kappa.low, 2)} to ${fixed(kappa.high, 2)}`}</td>
                  <td>{percent(raw)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Confusion({ report }: { readonly report: AgreementReport }) {
  const most = Math.max(1, ...ACTIONS.flatMap((a) => ACTIONS.map((b) => report.confusion[a][b])));
  return (
    <Panel title="Which actions are confused" label="Confusion of actions">
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Confusion">
        <table className={classes(styles['table'], styles['matrix'])}>
          <thead>
            <tr>
              <th scope="col">One analyst, another</th>
              {ACTIONS.map((action) => (
                <th key={action} scope="col" title={actionShortName(action)}>
                  <ActionMarkIcon action={action} size={14} />
                  <span className="visually-hidden">{actionShortName(action)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ACTIONS.map((a) => (
              <tr key={a}>
                <th scope="row">{actionShortName(a)}</th>
                {ACTIONS.map((b) => {
                  const pairs = report.confusion[a][b];
                  return (
                    <td
                      key={b}
                      style={{
                        background: `color-mix(in srgb, var(${a === b ? '--status-ok' : '--status-bad'}) ${(pairs / most) * 35}%, transparent)`,
                      }}
                    >
                      {pairs === 0 ? '' : count(pairs)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
