import { Slider } from '@base-ui/react/slider';
import { Toggle } from '@base-ui/react/toggle';
import { useMemo } from 'react';
import { type SMOOTHING_KINDS, type RunSummary, type XAxis } from '../../../contract/runs.ts';
import { SCALE_KINDS, type ScaleKind } from '../../charts/scale.ts';
import { Button } from '../../widgets/Button.tsx';
import { SelectField, type SelectOption } from '../../widgets/SelectField.tsx';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { changeXAxis } from './changeXAxis.ts';
import { isZoomed, resetZoom, setXScale, training, useTraining, zoomBack, type TrainingState } from './trainingStore.ts';
import styles from './Toolbar.module.css';

const X_OPTIONS: readonly SelectOption<string>[] = [
  { value: 'step', label: 'Step' },
  { value: 'relative', label: 'Relative time', note: 'Since each run’s first point' },
  { value: 'time', label: 'Wall time', note: 'UTC; runs without times are left out' },
];
const CUSTOM = 'metric:';
const MOST_CUSTOM = 100;
const SMOOTHING_OPTIONS: readonly SelectOption<(typeof SMOOTHING_KINDS)[number]>[] = [
  { value: 'twema', label: 'TWEMA', note: 'Time-weighted average: past weighs by distance in x' },
  { value: 'ema', label: 'EMA', note: 'Exponential average, without bias at the start' },
  { value: 'gaussian', label: 'Gaussian', note: 'Both sides alike; deviation of 100 × amount points' },
  { value: 'mean', label: 'Running mean', note: '100 × amount points on either side' },
];
const Y_NAMES: { readonly [K in ScaleKind]: string } = { linear: 'Linear', log: 'Log', symlog: 'Symlog' };
const Y_OPTIONS: readonly SelectOption<ScaleKind>[] = SCALE_KINDS.map((value) => ({
  value,
  label: Y_NAMES[value],
  ...(value === 'symlog' ? { note: 'Has a place for zero and negative values' } : {}),
}));

function toAxis(value: string): XAxis {
  if (value.startsWith(CUSTOM)) return { kind: 'metric', metric: value.slice(CUSTOM.length) };
  return { kind: value === 'relative' || value === 'time' ? value : 'step' };
}

/** How all panels are drawn. */
export function Toolbar({ runs }: { readonly runs: readonly RunSummary[] }) {
  const x = useTraining((state) => state.x);
  const xScale = useTraining((state) => state.xScale);
  const yScale = useTraining((state) => state.yScale);
  const smoothing = useTraining((state) => state.smoothing);
  const { client } = usePlatform();
  const zoomedIn = useTraining(isZoomed);
  const canGoBack = useTraining((state) => state.history.length > 0);
  const paused = useTraining((state) => state.paused);
  const current = x.kind === 'metric' ? `${CUSTOM}${x.metric}` : x.kind;
  const options = useMemo(() => {
    const names = [...new Set([...(x.kind === 'metric' ? [x.metric] : []), ...runs.flatMap(({ metrics }) => metrics.map(({ name }) => name))])];
    return [...X_OPTIONS, ...names.slice(0, MOST_CUSTOM).map((name) => ({ value: `${CUSTOM}${name}`, label: name, note: 'Custom axis' }))];
  }, [runs, x]);
  return (
    <div className={styles['bar']} role="group" aria-label="Charts">
      <div className={styles['axis']}>
        <SelectField label="X axis" testId="training-x" value={current} options={options} onChange={(value) => void changeXAxis(client, runs.map(({ id }) => id), toAxis(value))} />
      </div>
      <div className={styles['scale']}>
        <SelectField label="Y axis" testId="training-y" value={yScale} options={Y_OPTIONS} onChange={(value) => training.setState({ yScale: value })} />
      </div>
      <div className={styles['kind']}>
        <SelectField
          label="Smoothing"
          testId="training-smoothing"
          value={smoothing.kind}
          options={SMOOTHING_OPTIONS}
          onChange={(kind) => training.setState({ smoothing: { ...smoothing, kind } })}
        />
      </div>
      <Slider.Root
        className={styles['slider']}
        value={smoothing.amount}
        min={0}
        max={0.99}
        step={0.01}
        onValueChange={(amount) => training.setState({ smoothing: { ...smoothing, amount } })}
      >
        <Slider.Control className={styles['control']}>
          <Slider.Track className={styles['track']}>
            <Slider.Indicator className={styles['indicator']} />
            <Slider.Thumb className={styles['thumb']} aria-label="Amount of smoothing" data-testid="smoothing-amount" />
          </Slider.Track>
        </Slider.Control>
        <output className={styles['amount']}>{smoothing.amount === 0 ? 'off' : smoothing.amount.toFixed(2)}</output>
      </Slider.Root>
      <div className={styles['toggles']}>
        <Switch name="Log x" pressed={xScale === 'log'} onChange={(on) => setXScale(on ? 'log' : 'linear')} />
        <Choice name="Raw" title="The raw line, faint, behind the smoothed one" field="raw" />
        <Choice name="Band" title="Least to greatest value where points share a column" field="band" />
        <Choice name="Clip" title="The y axis leaves out the lowest and highest 1% of the values in view" field="clip" />
      </div>
      <div className={styles['zoom']}>
        <Button icon="back" size="small" aria-label="Previous zoom" title="Previous zoom" command="training.back" keyIn="title" testId="zoom-back" disabled={!canGoBack} onClick={zoomBack} />
        <Button size="small" title="Show all" command="training.reset" keyIn="title" testId="zoom-reset" disabled={!zoomedIn} onClick={resetZoom}>
          Reset
        </Button>
        <Button
          icon={paused ? 'play' : 'pause'}
          size="small"
          aria-label={paused ? 'Resume updates' : 'Pause updates'}
          title={paused ? 'Resume updates' : 'Pause updates'}
          command="training.pause"
          keyIn="title"
          testId="training-pause"
          onClick={() => training.setState({ paused: !paused })}
        />
      </div>
    </div>
  );
}

function Choice({ name, title, field }: { readonly name: string; readonly title: string; readonly field: 'raw' | 'band' | 'clip' }) {
  const pressed = useTraining((state: TrainingState) => state[field]);
  return <Switch name={name} title={title} pressed={pressed} onChange={(on) => training.setState({ [field]: on })} />;
}

interface SwitchProps {
  readonly name: string;
  readonly title?: string;
  readonly pressed: boolean;
  readonly onChange: (pressed: boolean) => void;
}

function Switch({ name, title, pressed, onChange }: SwitchProps) {
  return (
    <Toggle className={styles['toggle']} pressed={pressed} onPressedChange={onChange} title={title}>
      {name}
    </Toggle>
  );
}
