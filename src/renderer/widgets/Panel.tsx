import type { ReactNode } from 'react';
import { classes } from '../lib/classes.ts';
import styles from './Panel.module.css';

interface PanelProps {
  readonly title: ReactNode;
  readonly label: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly testId?: string;
  readonly className?: string | undefined;
}

/** A framed region with a title line; what is inside decides about scrolling. */
export function Panel({ title, label, actions, children, testId, className }: PanelProps) {
  return (
    <section className={classes(styles['panel'], className)} aria-label={label} data-testid={testId}>
      <header className={styles['header']}>
        <h2 className={styles['title']}>{title}</h2>
        {actions === undefined ? null : <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </section>
  );
}
