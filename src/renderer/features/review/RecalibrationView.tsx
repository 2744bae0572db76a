import { useCallback, useMemo, useState } from 'react';
import type { AnalystId, RecalibrationReport, TemperatureRecalibration, ThresholdRecalibration } from '../../../contract/review.ts';
import { EChart } from '../../charts/EChart.tsx';
import { reliabilityChartOption } from '../../charts/reliabilityChart.ts';
import { thresholdChartOption } from '../../charts/thresholdChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count, fixed, percent, plural } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Figures.module.css';

type Request = Parameters<ReturnType<typeof usePlatform>['client']['review']['recalibrate']>[0];

/** The critic's threshold and the models' temperatures, as they are and as the labels would have them. */
export function RecalibrationView({ analyst }: { readonly analyst: AnalystId }) {
  const { client } = usePlatform();
  const ask = useCallback(() => client.review.recalibration(), [client]);
  const { answer, reload, set } = useAnswer<RecalibrationReport>(ask);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  if (answer.state === 'loading') return <Empty title="Fitting on the labels…" />;
  if (answer.state === 'failed') {
    return (
      <Empty title={answer.problem.message}>
        <Button onClick={reload}>Try again</Button>
      </Empty>
    );
  }
  const apply = async (request: Omit<Request, 'analyst'>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      set(await client.review.recalibrate({ analyst, ...request }));
    } catch (error) {
      setProblem(describeError(error));
    }
    setBusy(false);
  };
  const { threshold, temperatures, least, leastOfEachSide, history } = answer.value;
  return (
    <div className={styles['page']} data-testid="review-recalibration">
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} />}
      {threshold === null && temperatures.length === 0 ? (
        <Empty title="Nothing to fit on yet">
          Decided items are what thresholds and temperatures are fitted on; {least} are needed to apply a fit.
        </Empty>
      ) : null}
      <div className={styles['columns']}>
        {threshold === null ? null : (
          <Threshold fit={threshold} least={least} leastOfEachSide={leastOfEachSide} busy={busy} apply={apply} />
        )}
        {temperatures.map((fit) => (
          <Temperature key={fit.model} fit={fit} least={least} busy={busy} apply={apply} />
        ))}
      </div>
      {history.length === 0 ? null : (
        <Panel title="Applied before" label="Applied before">
          <ul className={styles['history']}>
            {history.map(({ at, analyst: name, kind, model, before, after }) => (
              <li key={`${at}${kind}`}>
                {at.slice(0, 16).replace('T', ' ')} UTC, <HostileText text={name} />: {kind}
                {model === null ? '' : ` of ${model}`} {fixed(before, 3)} → {after === null ? 'as shipped' : fixed(after, 3)}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <p className={styles['note']}>
        A recalibration takes effect with the next comparison. Files that ship are not changed; every change is in the audit trail.
      </p>
    </div>
  );
}

interface FitProps<T> {
  readonly fit: T;
  readonly least: number;
  readonly busy: boolean;
  readonly apply: (request: Omit<Request, 'analyst'>) => Promise<void>;
}

function Threshold({ fit, least, leastOfEachSide, busy, apply }: FitProps<ThresholdRecalibration> & { readonly leastOfEachSide: number }) {
  const colours = useChartColours();
  const option = useMemo(() => thresholdChartOption(fit, colours), [fit, colours]);
  const { before, after, items, malicious } = fit;
  const few = items < least || Math.min(malicious, items - malicious) < leastOfEachSide;
  return (
    <Panel title="Threshold of the critic" label="Threshold of the critic" testId="recalibrate-threshold">
      <div className={styles['fit']}>
        <Table
          rows={[
            ['Threshold', fixed(before.threshold, 3), fixed(after.threshold, 3)],
            ['Mean reward', fixed(before.reward, 3), fixed(after.reward, 3)],
            ['Recall', percent(before.recall), percent(after.recall)],
            ['False positives', percent(before.falsePositiveRate), percent(after.falsePositiveRate)],
          ]}
        />
        <div className={styles['chart']}>
          <EChart
            option={option}
            label={`Mean reward by threshold: ${fixed(before.reward, 3)} at ${fixed(before.threshold, 3)} now, ${fixed(after.reward, 3)} at ${fixed(after.threshold, 3)} refitted.`}
          />
        </div>
        <p className={styles['muted']}>
          {plural(items, 'labelled item')}, {count(malicious)} malicious. Dashed: now. Solid: refitted.
        </p>
        <div className={styles['buttons']}>
          <Button
            variant="primary"
            disabled={busy || few || before.threshold === after.threshold}
            onClick={() => void apply({ kind: 'threshold', to: 'labels' })}
          >
            Apply {fixed(after.threshold, 3)}
          </Button>
          <Button disabled={busy} onClick={() => void apply({ kind: 'threshold', to: 'shipped' })}>
            Back to the shipped one
          </Button>
          {few ? (
            <span className={styles['muted']}>
              {least} labelled items are needed, {leastOfEachSide} of either side.
            </span>
          ) : null}
        </div>
      </div>
    </Panel>
  );
}

function Temperature({ fit, least, busy, apply }: FitProps<TemperatureRecalibration>) {
  const colours = useChartColours();
  const option = useMemo(() => reliabilityChartOption(fit, colours), [fit, colours]);
  const { before, after, items, model, fits } = fit;
  return (
    <Panel title={`Temperature of ${model}`} label={`Temperature of ${model}`}>
      <div className={styles['fit']}>
        <Table
          rows={[
            ['Temperature', fixed(before.temperature, 3), fixed(after.temperature, 3)],
            ['Negative log likelihood', fixed(before.nll, 3), fixed(after.nll, 3)],
            ['Calibration error', fixed(before.ece, 3), fixed(after.ece, 3)],
          ]}
        />
        <div className={styles['chart']}>
          <EChart
            option={option}
            label={`Reliability diagram of ${model}: calibration error ${fixed(before.ece, 3)} now, ${fixed(after.ece, 3)} refitted.`}
          />
        </div>
        <p className={styles['muted']}>
          {plural(items, 'labelled decision')}. Disputed decisions are the hard ones: a fit on them makes the model less sure than traffic
          at large would.
        </p>
        <div className={styles['buttons']}>
          <Button
            variant="primary"
            disabled={busy || !fits || items < least}
            onClick={() => void apply({ kind: 'temperature', model, to: 'labels' })}
          >
            Apply {fixed(after.temperature, 3)}
          </Button>
          <Button disabled={busy} onClick={() => void apply({ kind: 'temperature', model, to: 'shipped' })}>
            Back to the shipped one
          </Button>
          {items < least ? <span className={styles['muted']}>{least} labelled items are needed.</span> : null}
          {items >= least && !fits ? <span className={styles['muted']}>The labels contradict the model at every temperature.</span> : null}
        </div>
      </div>
    </Panel>
  );
}

function Table({ rows }: { readonly rows: readonly (readonly [name: string, before: string, after: string])[] }) {
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col">Now</th>
          <th scope="col">Refitted</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, before, after]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{before}</td>
            <td>{after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
