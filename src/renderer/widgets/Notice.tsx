import type { ReactNode } from 'react';
import { classes } from '../lib/classes.ts';
import { Icon } from './Icon.tsx';
import styles from './Notice.module.css';

interface NoticeProps {
  readonly tone: 'problem' | 'info';
  readonly title: ReactNode;
  /** What can be done. */
  readonly advice?: ReactNode;
  readonly actions?: ReactNode;
  readonly testId?: string;
}

/** One line across the page: what happened, what to do. */
export function Notice({ tone, title, advice, actions, testId }: NoticeProps) {
  return (
    <div className={classes(styles['notice'], styles[tone])} role={tone === 'problem' ? 'alert' : 'status'} data-testid={testId}>
      {tone === 'problem' ? <Icon name="warning" /> : null}
      <p>
        <strong>{title}</strong> {advice}
      </p>
      {actions}
    </div>
  );
}

/** The body of a panel that has nothing to show yet: what this is, why it is empty, what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles['empty']}>
      <p className={styles['emptyTitle']}>{title}</p>
      {children === undefined ? null : <div className={styles['emptyText']}>{children}</div>}
    </div>
  );
}
