import type { ReactNode } from 'react';
import { classes } from '../../lib/classes.ts';
import grid from './grid.module.css';

interface GridHeadProps {
  readonly children: ReactNode;
  readonly right?: boolean;
  readonly title?: string;
}

/** The head of one column. */
export function GridHead({ children, right = false, title }: GridHeadProps) {
  return (
    <div role="columnheader" className={classes(right && grid['right'])} title={title}>
      {children}
    </div>
  );
}
