import { ACTIONS } from '../../../contract/actions.ts';
import type { ActionConfusion } from '../../../contract/confusion.ts';
import { classes } from '../../lib/classes.ts';
import { ACTION_NAMES, count } from '../../lib/format.ts';
import { ActionLabel, ActionMarkIcon } from '../../widgets/ActionChip.tsx';
import styles from './Figures.module.css';

/** Strongest tint of a cell, percent; text stays readable on it in both themes. */
const MOST_TINT = 45;

/** Confusion matrix as a heat map: rows say what fits, columns what was taken, the tint is the share of the row. */
export function ConfusionTable({ confusion, caption }: { readonly confusion: ActionConfusion; readonly caption: string }) {
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label={caption}>
      <table className={classes(styles['table'], styles['heat'])} data-testid="evaluation-confusion">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Fits \ taken</th>
            {ACTIONS.map((action) => (
              <th key={action} scope="col" title={ACTION_NAMES[action]}>
                <ActionMarkIcon action={action} />
                <span className="visually-hidden">{ACTION_NAMES[action]}</span>
              </th>
            ))}
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {ACTIONS.map((fitting) => {
            const total = ACTIONS.reduce((sum, taken) => sum + confusion[fitting][taken], 0);
            return (
              <tr key={fitting}>
                <th scope="row">
                  <ActionLabel action={fitting} />
                </th>
                {ACTIONS.map((taken) => {
                  const cell = confusion[fitting][taken];
                  const tint = total === 0 ? 0 : Math.round((MOST_TINT * cell) / total);
                  return (
                    <td
                      key={taken}
                      data-right={fitting === taken}
                      style={{ background: `color-mix(in srgb, var(--lane-trained) ${tint}%, var(--surface-1))` }}
                    >
                      {count(cell)}
                    </td>
                  );
                })}
                <td>{count(total)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
