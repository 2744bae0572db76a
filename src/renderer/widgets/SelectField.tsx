import { Select } from '@base-ui/react/select';
import { Icon } from './Icon.tsx';
import styles from './SelectField.module.css';

export interface SelectOption<T> {
  readonly value: T;
  readonly label: string;
  /** Second line in the list. */
  readonly note?: string;
}

interface SelectFieldProps<T> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onChange: (value: T) => void;
  readonly disabled?: boolean;
  readonly title?: string;
  readonly testId: string;
}

/** One choice, its name above its value: a field of the scope bar. */
export function SelectField<T extends string | number>({
  label,
  value,
  options,
  onChange,
  disabled = false,
  title,
  testId,
}: SelectFieldProps<T>) {
  return (
    <Select.Root
      items={options.map((option) => ({ value: option.value, label: option.label }))}
      value={value}
      onValueChange={(next) => {
        if (next !== null) onChange(next);
      }}
      disabled={disabled}
    >
      <div className={styles['field']} title={title}>
        <Select.Trigger className={styles['trigger']} data-testid={testId} aria-label={label}>
          <span className={styles['label']}>{label}</span>
          <Select.Value className={styles['value']} />
          <Select.Icon className={styles['icon']}>
            <Icon name="down" size={12} />
          </Select.Icon>
        </Select.Trigger>
      </div>
      <Select.Portal>
        <Select.Positioner className={styles['positioner']} sideOffset={4} alignItemWithTrigger={false} align="start">
          <Select.Popup className={styles['popup']}>
            <Select.List className={styles['list']}>
              {options.map((option) => (
                <Select.Item key={option.value} value={option.value} className={styles['item']}>
                  <span className={styles['indicator']}>
                    <Select.ItemIndicator>
                      <Icon name="check" size={12} />
                    </Select.ItemIndicator>
                  </span>
                  <span>
                    <Select.ItemText>{option.label}</Select.ItemText>
                    {option.note === undefined ? null : <span className={styles['note']}>{option.note}</span>}
                  </span>
                </Select.Item>
              ))}
            </Select.List>
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}
