import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps } from 'react';
import type { CommandId } from '../app/keys/catalogue.ts';
import { ariaKey, keyName } from '../app/keys/keyNames.ts';
import { useCommandKey } from '../app/keys/useKeys.ts';
import { classes } from '../lib/classes.ts';
import { Icon, type IconName } from './Icon.tsx';
import styles from './Button.module.css';

interface ButtonProps extends Omit<ComponentProps<typeof BaseButton>, 'className'> {
  readonly icon?: IconName;
  /** The command that the button gives; its key is shown and announced. */
  readonly command?: CommandId;
  /** Where the key is shown. */
  readonly keyIn?: 'label' | 'title';
  readonly variant?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'normal' | 'small';
  readonly testId?: string;
}

/** A labelled button. */
export function Button({
  icon,
  command,
  keyIn = 'label',
  variant = 'plain',
  size = 'normal',
  testId,
  title,
  children,
  ...rest
}: ButtonProps) {
  const key = useCommandKey(command);
  return (
    <BaseButton
      {...rest}
      title={keyIn === 'title' && key !== null ? `${title ?? ''} (${keyName(key)})` : title}
      className={classes(styles['button'], styles[variant], styles[size], children === undefined && styles['iconOnly'])}
      data-testid={testId}
      {...(key === null ? {} : { 'aria-keyshortcuts': ariaKey(key) })}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children === undefined ? null : <span>{children}</span>}
      {key === null || keyIn === 'title' ? null : (
        <kbd className={styles['shortcut']} aria-hidden="true">
          {keyName(key)}
        </kbd>
      )}
    </BaseButton>
  );
}
