import { memo, type ReactNode } from 'react';
import type { Lane, LaneTotals } from '../../../contract/live.ts';
import { classes } from '../../lib/classes.ts';
import { count, milliseconds, percent, signed } from '../../lib/format.ts';
import styles from './LaneFigures.module.css';

/** A lane's running figures. */
export const LaneFigures = memo(function LaneFigures({ lane, totals }: { readonly lane: Lane; readonly totals: LaneTotals }) {
  const mean = totals.steps === 0 ? null : totals.reward / totals.steps;
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
