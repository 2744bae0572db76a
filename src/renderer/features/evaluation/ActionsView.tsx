import { ACTIONS } from '../../../contract/actions.ts';
import type { Metrics, Slice } from '../../../contract/evaluationReport.ts';
import { count, fixed, percent, words } from '../../lib/format.ts';
import { ActionLabel } from '../../widgets/ActionChip.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ConfusionTable } from './ConfusionTable.tsx';
import { Interval } from './Interval.tsx';
import { RateBar } from './RateBar.tsx';
import styles from './Figures.module.css';

/** Which actions were taken, and how well each kind of message and each attack vector was told apart. */
export function ActionsView({ metrics }: { readonly metrics: Metrics }) {
  return (
    <div className={styles['page']} data-testid="evaluation-actions">
      <div className={styles['columns']}>
        <Panel title="Confusion matrix" label="Confusion matrix">
          <ConfusionTable confusion={metrics.confusion} caption="Confusion matrix: rows are the fitting action, columns the action taken" />
          <p className={styles['note']}>
            Tint: share of the row. Framed: the fitting action was taken; other acceptable actions lie beside it.
          </p>
        </Panel>
        <Panel title="By action" label="Figures by action">
          <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Figures by action">
            <table className={styles['table']}>
              <thead>
                <tr>
                  <th scope="col">Action</th>
                  <th scope="col">Fits</th>
                  <th scope="col">Taken</th>
                  <th scope="col">Precision</th>
                  <th scope="col">Recall</th>
                  <th scope="col">F1</th>
                </tr>
              </thead>
              <tbody>
                {ACTIONS.map((action) => {
                  const { support, taken, precision, recall, f1 } = metrics.actions[action];
                  return (
                    <tr key={action}>
                      <th scope="row">
                        <ActionLabel action={action} />
                      </th>
                      <td>{count(support)}</td>
                      <td>{count(taken)}</td>
                      <td>{percent(precision)}</td>
                      <td>{percent(recall)}</td>
                      <td>{fixed(f1, 3)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
          <p className={styles['note']}>Macro-F1 {fixed(metrics.macroF1, 3)}.</p>
        </Panel>
      </div>
      <div className={styles['columns']}>
        <Slices title="By attack vector" slices={metrics.byVector} />
        <Slices title="By kind of message" slices={metrics.byKind} />
      </div>
      <Slices title="By source" slices={metrics.bySource} />
    </div>
  );
}

/** One table of slices: recall where the slice is malicious, false positives where it is benign. */
function Slices({ title, slices }: { readonly title: string; readonly slices: readonly Slice[] }) {
  return (
    <Panel title={title} label={title}>
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label={title}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Slice</th>
              <th scope="col">Cases</th>
              <th scope="col">Stopped, 95% interval</th>
              <th scope="col">
                <span className="visually-hidden">Bar</span>
              </th>
              <th scope="col">Acceptable</th>
            </tr>
          </thead>
          <tbody>
            {slices.map(({ name, label, flagged, acceptable }) => (
              <tr key={`${label} ${name}`}>
                <th scope="row">
                  <span className={styles['name']}>
                    <HostileText text={words(name)} /> <small>{label === 'malicious' ? 'recall' : 'false positives'}</small>
                  </span>
                </th>
                <td>{count(flagged.trials)}</td>
                <td>
                  {percent(flagged.rate)} <Interval rate={flagged} />
                </td>
                <td>
                  <RateBar rate={flagged} colour={label === 'malicious' ? 'var(--lane-trained)' : 'var(--status-bad)'} />
                </td>
                <td>{percent(acceptable.rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
