import type { Ref } from 'react';
import { classes } from '../lib/classes.ts';
import { Icon } from './Icon.tsx';
import styles from './SearchField.module.css';

interface SearchFieldProps {
  readonly ref: Ref<HTMLInputElement>;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter and the arrow down lead to what was found. */
  readonly onLeave?: () => void;
  readonly size?: 'small' | 'normal' | 'tall';
  readonly title?: string;
  readonly testId: string;
}

/** A search for what a list shows. Escape empties it, and leaves it when it is empty. */
export function SearchField({ ref, label, placeholder, value, onChange, onLeave, size = 'normal', title, testId }: SearchFieldProps) {
  return (
    <label className={classes(styles['field'], styles[size])}>
      <Icon name="search" size={14} />
      <span className="visually-hidden">{label}</span>
      <input
        ref={ref}
        type="search"
        placeholder={placeholder}
        title={title}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        data-testid={testId}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === 'ArrowDown') onLeave?.();
          if (event.key !== 'Escape') return;
          if (value === '') event.currentTarget.blur();
          else onChange('');
        }}
      />
    </label>
  );
}
