import type { Verdict } from '../../contract/episodes.ts';
import { classes } from '../lib/classes.ts';
import styles from './VerdictBadge.module.css';

export const VERDICT_NAMES: { readonly [V in Verdict]: string } = {
  TP: 'threat stopped',
  TN: 'benign passed',
  FP: 'false alarm',
  FN: 'breach',
};

/** The four verdicts; errors stand out by fill and frame, not by colour alone. */
export function VerdictBadge({ verdict, long = false }: { readonly verdict: Verdict; readonly long?: boolean }) {
  return (
    <span className={classes(styles['badge'], styles[verdict])} title={VERDICT_NAMES[verdict]}>
      {verdict}
      {long ? <span className={styles['words']}>{VERDICT_NAMES[verdict]}</span> : null}
    </span>
  );
}
