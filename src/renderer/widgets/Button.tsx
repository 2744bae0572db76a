import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps } from 'react';
import { classes } from '../lib/classes.ts';
import { Icon, type IconName } from './Icon.tsx';
import styles from './Button.module.css';

interface ButtonProps extends Omit<ComponentProps<typeof BaseButton>, 'className'> {
  readonly icon?: IconName;
  readonly shortcut?: string;
  readonly variant?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'normal' | 'small';
  readonly testId?: string;
}

/** A labelled button; `shortcut` is shown and announced. */
export function Button({ icon, shortcut, variant = 'plain', size = 'normal', testId, children, ...rest }: ButtonProps) {
  return (
    <BaseButton
      {...rest}
      className={classes(styles['button'], styles[variant], styles[size], children === undefined && styles['iconOnly'])}
      data-testid={testId}
      {...(shortcut === undefined ? {} : { 'aria-keyshortcuts': shortcut })}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children === undefined ? null : <span>{children}</span>}
      {shortcut === undefined ? null : (
        <kbd className={styles['shortcut']} aria-hidden="true">
          {shortcut}
        </kbd>
      )}
    </BaseButton>
  );
}
