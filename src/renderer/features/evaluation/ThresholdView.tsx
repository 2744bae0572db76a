import { Slider } from '@base-ui/react/slider';
import { useMemo, useState } from 'react';
import { THRESHOLD_STEPS, type AlarmFigures, type EvaluationDetail, type ThresholdSweep } from '../../../contract/evaluations.ts';
import type { Rate } from '../../../contract/wilson.ts';
import { costChartOption } from '../../charts/costChart.ts';
import { EChart } from '../../charts/EChart.tsx';
import { rocChartOption } from '../../charts/rocChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count, fixed, percent } from '../../lib/format.ts';
import { Button } from '../../widgets/Button.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ConfusionTable } from './ConfusionTable.tsx';
import { cheapest, costCurve } from './costCurve.ts';
import figureStyles from './Figures.module.css';
import styles from './ThresholdView.module.css';

/** What another alarm threshold would have made of the same messages. */
export function ThresholdView({ detail }: { readonly detail: EvaluationDetail }) {
  const { threshold } = detail;
  if (threshold === null) return <Empty title="This model gave no probabilities, so there is no threshold to move." />;
  return <Movable roc={detail.roc} sweep={threshold} />;
}

interface MovableProps {
  readonly roc: EvaluationDetail['roc'];
  readonly sweep: ThresholdSweep;
}

function Movable({ roc: curves, sweep: { points, decided } }: MovableProps) {
  const colours = useChartColours();
  const curve = useMemo(() => costCurve(points), [points]);
  const least = useMemo(() => cheapest(curve), [curve]);
  const [threshold, setThreshold] = useState(0.5);
  const moved = points[Math.round(threshold * THRESHOLD_STEPS)] ?? decided;
  const cost = useMemo(() => costChartOption(curve, { threshold, decided: decided.regret }, colours), [curve, threshold, decided, colours]);
  const point = useMemo(
    () => (moved.recall === null || moved.falsePositiveRate === null ? null : ([moved.falsePositiveRate.rate, moved.recall.rate] as const)),
    [moved],
  );
  const roc = useMemo(() => rocChartOption(curves, point, colours), [curves, point, colours]);
  const inWords = `Threshold ${fixed(threshold, 3)}: recall ${percent(moved.recall?.rate ?? null)}, false positives ${percent(moved.falsePositiveRate?.rate ?? null)}, cost ${fixed(moved.regret, 3)}`;
  return (
    <div className={figureStyles['page']} data-testid="evaluation-threshold">
      <div className={figureStyles['columns']}>
        <Panel
          title="Cost over the alarm threshold"
          label="Cost over the alarm threshold"
          actions={
            least === null ? undefined : (
              <Button size="small" testId="threshold-cheapest" onClick={() => setThreshold(least.threshold)}>
                Cheapest, {fixed(least.threshold, 3)}
              </Button>
            )
          }
        >
          <div className={figureStyles['chart']}>
            <EChart option={cost} label={inWords} />
          </div>
          <Slider.Root
            className={styles['slider']}
            value={threshold}
            min={0}
            max={1}
            step={1 / THRESHOLD_STEPS}
            largeStep={0.05}
            onValueChange={setThreshold}
          >
            <Slider.Control className={styles['control']}>
              <Slider.Track className={styles['track']}>
                <Slider.Indicator className={styles['indicator']} />
                <Slider.Thumb
                  className={styles['thumb']}
                  aria-label="Alarm threshold"
                  getAriaValueText={() => inWords}
                  data-testid="threshold-thumb"
                />
              </Slider.Track>
            </Slider.Control>
          </Slider.Root>
          <p className={figureStyles['note']}>
            Drag, or use the arrow keys. A message is stopped when 1 − P(Allow) reaches the threshold, in the way that most probably fits.
            Cost: mean reward lost against the best action of each message. Dotted: as the model decided, by its own costs.
          </p>
        </Panel>
        <Panel title="Figures at the threshold" label="Figures at the threshold">
          <Table moved={moved} decided={decided} threshold={threshold} />
        </Panel>
      </div>
      <div className={figureStyles['columns']}>
        <Panel title="Confusion at the threshold" label="Confusion at the threshold">
          <ConfusionTable
            confusion={moved.confusion}
            caption="Confusion matrix at the threshold: rows are the fitting action, columns the action taken"
          />
        </Panel>
        <Panel title="ROC curves" label="ROC curves and the threshold">
          <div className={figureStyles['chart']}>
            <EChart option={roc} label={inWords} />
          </div>
        </Panel>
      </div>
    </div>
  );
}

interface TableProps {
  readonly moved: AlarmFigures;
  readonly decided: AlarmFigures;
  readonly threshold: number;
}

function Table({ moved, decided, threshold }: TableProps) {
  const rows: readonly (readonly [name: string, figure: (figures: AlarmFigures) => string])[] = [
    ['Recall', ({ recall }) => withInterval(recall)],
    ['False-positive rate', ({ falsePositiveRate }) => withInterval(falsePositiveRate)],
    ['Precision', ({ precision }) => percent(precision)],
    ['F1', ({ f1 }) => fixed(f1, 3)],
    ['Cost a message', ({ regret }) => fixed(regret, 3)],
    ['Attacks stopped', ({ counts }) => `${count(counts.truePositives)} of ${count(counts.truePositives + counts.falseNegatives)}`],
    ['False alarms', ({ counts }) => `${count(counts.falsePositives)} of ${count(counts.falsePositives + counts.trueNegatives)}`],
  ];
  return (
    <div className={figureStyles['scroll']} tabIndex={0} role="group" aria-label="Figures at the threshold">
      <table className={figureStyles['table']} data-testid="threshold-figures">
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">At {fixed(threshold, 3)}</th>
            <th scope="col">As decided</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, figure]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{figure(moved)}</td>
              <td>{figure(decided)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function withInterval(rate: Rate | null): string {
  return rate === null ? '–' : `${percent(rate.rate)} (${percent(rate.low)} to ${percent(rate.high)})`;
}
