import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { classes } from '../../lib/classes.ts';
import styles from './ViewTabs.module.css';

interface ViewTabsProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly onChange: (value: V) => void;
  readonly tabs: ReactNode;
  /** At the right end of the bar. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Several views of one thing, of which one is seen; fills its panel. */
export function ViewTabs<V extends string>({ label, value, onChange, tabs, actions, children }: ViewTabsProps<V>) {
  return (
    <Tabs.Root className={styles['tabs']} value={value} onValueChange={(next: V) => onChange(next)}>
      <div className={styles['bar']}>
        <Tabs.List className={styles['list']} aria-label={label}>
          {tabs}
        </Tabs.List>
        {actions}
      </div>
      {children}
    </Tabs.Root>
  );
}

interface ViewTabProps {
  readonly value: string;
  readonly children: ReactNode;
  /** How many things the view shows; absent: it is not counted. */
  readonly count?: number;
  readonly title?: string;
  readonly testId?: string;
}

export function ViewTab({ value, children, count, title, testId }: ViewTabProps) {
  return (
    <Tabs.Tab className={styles['tab']} value={value} title={title} data-testid={testId}>
      {children}
      {count === undefined ? null : <span className={classes(styles['count'], count === 0 && styles['none'])}>{count}</span>}
    </Tabs.Tab>
  );
}

interface ViewPanelProps {
  readonly value: string;
  readonly children: ReactNode;
  /** False where something inside takes the focus and scrolls by itself. */
  readonly focusable?: boolean;
}

export function ViewPanel({ value, children, focusable = true }: ViewPanelProps) {
  return (
    <Tabs.Panel className={styles['panel']} value={value} {...(focusable ? { tabIndex: 0 } : {})}>
      {children}
    </Tabs.Panel>
  );
}
