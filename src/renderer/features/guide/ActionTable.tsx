import { Fragment } from 'react';
import { ACTIONS } from '../../../contract/actions.ts';
import type { GuideActions } from '../../../contract/guide.ts';
import { signed, words } from '../../lib/format.ts';
import { ActionLabel } from '../../widgets/ActionChip.tsx';
import { VerdictBadge } from '../../widgets/VerdictBadge.tsx';
import styles from './Guide.module.css';

const COMPONENTS = ['security', 'usability', 'latency', 'format'] as const;

/** What each action does, what that makes of the decision, and the reward with its parts and reasons. */
export function ActionTable({
  weighed: { actions, best },
  reasons,
}: {
  readonly weighed: GuideActions;
  readonly reasons: 'effect' | 'reward';
}) {
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label="The six actions on this message">
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col">Outcome</th>
            <th scope="col">Verdict</th>
            {COMPONENTS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Reward</th>
          </tr>
        </thead>
        <tbody>
          {ACTIONS.map((action) => {
            const { outcome, verdict, reward, effect, reasons: sentences } = actions[action];
            return (
              <Fragment key={action}>
                <tr data-testid={`guide-action-${action}`} aria-current={best.includes(action) ? 'true' : undefined}>
                  <th scope="row">
                    <ActionLabel action={action} />
                  </th>
                  <td data-testid={`guide-outcome-${action}`}>{words(outcome)}</td>
                  <td>
                    <VerdictBadge verdict={verdict} />
                  </td>
                  {COMPONENTS.map((name) => (
                    <td key={name}>{signed(reward[name])}</td>
                  ))}
                  <td className={styles['total']} data-testid={`guide-${reasons}-total-${action}`}>
                    {signed(reward.total)}
                    {best.includes(action) ? <span className="visually-hidden"> (most)</span> : null}
                  </td>
                </tr>
                <tr className={styles['why']}>
                  <td colSpan={8}>{reasons === 'effect' ? effect : sentences.join(' ')}</td>
                </tr>
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
