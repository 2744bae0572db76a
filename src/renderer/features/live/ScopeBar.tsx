import { useId } from 'react';
import { COST_PRESETS, type CostPreset } from '../../../contract/decisions.ts';
import { SPLITS, type Split } from '../../../contract/episodes.ts';
import type { ModelId } from '../../../contract/ids.ts';
import { LIVE_SPEEDS, liveScopeSchema, type LiveScope } from '../../../contract/live.ts';
import type { ModelStatus } from '../../../contract/models.ts';
import { PHASES, type Phase } from '../../../contract/observation.ts';
import { useSystem } from '../../app/SystemContext.ts';
import { PHASE_NAMES, words } from '../../lib/format.ts';
import { useWholeNumber } from '../../lib/useWholeNumber.ts';
import { Button } from '../../widgets/Button.tsx';
import { SelectField, type SelectOption } from '../../widgets/SelectField.tsx';
import { useLive, useLiveFeature } from './LiveContext.ts';
import { isActive } from './liveView.ts';
import styles from './ScopeBar.module.css';

const PHASE_OPTIONS: readonly SelectOption<Phase | 'auto'>[] = [
  { value: 'auto', label: 'Auto', note: 'Moves on with the trained lane’s scores' },
  ...PHASES.map((value) => ({ value, label: PHASE_NAMES[value] })),
];
const SPLIT_NOTES: { readonly [S in Split]: string } = {
  train: 'Servers and templates used for training',
  dev: 'Used to fit calibration',
  test: 'No shipped model was trained on it',
};
const SPLIT_OPTIONS: readonly SelectOption<Split>[] = SPLITS.map((value) => ({ value, label: value, note: SPLIT_NOTES[value] }));
const SPEED_OPTIONS: readonly SelectOption<LiveScope['speed']>[] = LIVE_SPEEDS.map((value) => ({
  value,
  label: value === 'max' ? 'Maximum' : `${value} / s`,
  ...(value === 'max' ? { note: 'As fast as the models answer' } : {}),
}));
const COST_NOTES: { readonly [C in CostPreset]: string } = {
  strict: 'Missed threats cost most',
  balanced: 'As in the reward table',
  permissive: 'Few false alarms, more missed threats',
};
const COST_OPTIONS: readonly SelectOption<CostPreset>[] = COST_PRESETS.map((value) => ({ value, label: value, note: COST_NOTES[value] }));

function modelOptions(models: readonly ModelStatus[], current: ModelId): readonly SelectOption<ModelId>[] {
  const options = models
    .filter(({ entry }) => entry.role !== 'embedder')
    .map(({ entry, state }) => ({
      value: entry.id,
      label: entry.id,
      note: state === 'ready' || state === 'not_loaded' ? `${entry.tier}, ${entry.role}` : words(state),
    }));
  return options.some(({ value }) => value === current)
    ? options
    : [{ value: current, label: current, note: 'not in the registry' }, ...options];
}

/** What is compared with what, on which stream. Only the speed changes while a comparison is under way. */
export function ScopeBar() {
  const { session } = useLiveFeature();
  const scope = useLive(({ view }) => view?.scope ?? null);
  const active = useLive(({ view }) => view === null || isActive(view.state));
  const models = useSystem(({ info }) => info?.models ?? null);
  if (scope === null) return <div className={styles['bar']} aria-busy="true" />;
  const change = (part: Partial<LiveScope>): void => void session.configure({ ...scope, ...part });
  const fixed = { disabled: active, ...(active ? { title: 'Stop the comparison to change its scope.' } : {}) };
  const options = (current: ModelId): readonly SelectOption<ModelId>[] => modelOptions(models ?? [], current);
  return (
    <div className={styles['bar']} role="group" aria-label="Scope">
      <SelectField
        label="Baseline model"
        testId="scope-baseline"
        value={scope.baseline}
        options={options(scope.baseline)}
        onChange={(baseline) => change({ baseline })}
        {...fixed}
      />
      <SelectField
        label="Trained model"
        testId="scope-trained"
        value={scope.trained}
        options={options(scope.trained)}
        onChange={(trained) => change({ trained })}
        {...fixed}
      />
      <SeedField key={scope.seed} seed={scope.seed} onChange={(seed) => change({ seed })} {...fixed} />
      <SelectField
        label="Phase"
        testId="scope-phase"
        value={scope.phase}
        options={PHASE_OPTIONS}
        onChange={(phase) => change({ phase })}
        {...fixed}
      />
      <SelectField
        label="Split"
        testId="scope-split"
        value={scope.split}
        options={SPLIT_OPTIONS}
        onChange={(split) => change({ split })}
        {...fixed}
      />
      <SelectField
        label="Speed"
        testId="scope-speed"
        value={scope.speed}
        options={SPEED_OPTIONS}
        onChange={(speed) => void session.setSpeed(speed)}
      />
      <SelectField
        label="Cost preset"
        testId="scope-cost"
        value={scope.costPreset}
        options={COST_OPTIONS}
        onChange={(costPreset) => change({ costPreset })}
        {...fixed}
      />
    </div>
  );
}

interface SeedFieldProps {
  readonly seed: number;
  readonly onChange: (seed: number) => void;
  readonly disabled: boolean;
  readonly title?: string;
}

function SeedField({ seed, onChange, disabled, title }: SeedFieldProps) {
  const id = useId();
  const { valid, input } = useWholeNumber({
    value: seed,
    allows: (value) => liveScopeSchema.shape.seed.safeParse(value).success,
    onChange,
  });
  return (
    <div className={styles['seed']} title={valid ? title : 'A seed is a whole number from 0 to 4,294,967,295.'}>
      <label htmlFor={id}>Seed</label>
      <input id={id} data-testid="scope-seed" disabled={disabled} {...input} />
      <Button
        icon="reroll"
        variant="quiet"
        aria-label="New random seed"
        title="New random seed"
        testId="scope-reroll"
        disabled={disabled}
        onClick={() => onChange(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0)}
      />
    </div>
  );
}
