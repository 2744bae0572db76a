import type { ReactNode } from 'react';
import styles from './Toggle.module.css';

interface ToggleProps {
  readonly on: boolean;
  readonly onToggle: () => void;
  readonly children: ReactNode;
  readonly title?: string;
  readonly testId?: string;
}

/** A small button that is on or off. */
export function Toggle({ on, onToggle, children, title, testId }: ToggleProps) {
  return (
    <button type="button" className={styles['toggle']} aria-pressed={on} title={title} data-testid={testId} onClick={onToggle}>
      {children}
    </button>
  );
}

/** Toggles side by side, of which one is on. */
export function ToggleGroup({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <span className={styles['group']} role="group" aria-label={label}>
      {children}
    </span>
  );
}
