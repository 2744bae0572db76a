import { useId, type ReactNode } from 'react';
import { PHASES, type Phase } from '../../../contract/observation.ts';
import { PHASE_NAMES } from '../../lib/format.ts';
import { Button } from '../../widgets/Button.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import styles from './Guide.module.css';

interface RangeFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly shown: string;
  readonly onChange: (value: number) => void;
  readonly testId?: string;
}

/** A slider with its name and value. */
export function RangeField({ label, value, min, max, step = 1, shown, onChange, testId }: RangeFieldProps) {
  const id = useId();
  return (
    <div className={styles['range']}>
      <label htmlFor={id}>
        {label} <output htmlFor={id}>{shown}</output>
      </label>
      <input
        id={id}
        type="range"
        value={value}
        min={min}
        max={max}
        step={step}
        aria-valuetext={shown}
        data-testid={testId}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly rows: number;
  readonly onChange: (value: string) => void;
  readonly maxLength?: number;
  readonly mono?: boolean;
  readonly invalid?: boolean;
  readonly testId: string;
}

export function TextField({ label, value, rows, onChange, maxLength, mono = false, invalid = false, testId }: TextFieldProps) {
  const id = useId();
  return (
    <div className={styles['text']}>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className={mono ? styles['mono'] : undefined}
        value={value}
        rows={rows}
        maxLength={maxLength}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={invalid}
        data-testid={testId}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

interface CheckFieldProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
  readonly title?: string | undefined;
  readonly testId?: string;
}

export function CheckField({ checked, onChange, children, title, testId }: CheckFieldProps) {
  return (
    <label className={styles['check']} title={title}>
      <input type="checkbox" checked={checked} data-testid={testId} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}

export function PhaseField({
  value,
  onChange,
  testId,
}: {
  readonly value: Phase;
  readonly onChange: (phase: Phase) => void;
  readonly testId: string;
}) {
  return (
    <div className={styles['select']}>
      <SelectField
        label="Phase"
        value={value}
        options={PHASES.map((phase) => ({ value: phase, label: PHASE_NAMES[phase] }))}
        onChange={onChange}
        testId={testId}
      />
    </div>
  );
}

export function SeedButton({
  seed,
  onChange,
  testId,
}: {
  readonly seed: number;
  readonly onChange: (seed: number) => void;
  readonly testId: string;
}) {
  return (
    <Button icon="reroll" testId={testId} onClick={() => onChange(seed + 1)} title="The next seed">
      Seed {seed}
    </Button>
  );
}
