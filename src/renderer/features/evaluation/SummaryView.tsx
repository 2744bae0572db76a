import { useMemo } from 'react';
import type { EvaluationReport, SystemReport } from '../../../contract/evaluationReport.ts';
import type { EvaluationDetail } from '../../../contract/evaluations.ts';
import type { Rate } from '../../../contract/wilson.ts';
import { EChart } from '../../charts/EChart.tsx';
import { rocChartOption } from '../../charts/rocChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count, fixed, milliseconds, percent, signed } from '../../lib/format.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { Interval } from './Interval.tsx';
import { SystemNotes } from './SystemNotes.tsx';
import styles from './Figures.module.css';

/** Headline figures, and the model beside its baselines. */
export function SummaryView({ detail }: { readonly detail: EvaluationDetail }) {
  const { report } = detail;
  const { metrics } = report.model;
  return (
    <div className={styles['page']} data-testid="evaluation-summary">
      <dl className={styles['cards']}>
        <Card name="Recall" rate={metrics.recall} />
        <Card name="False-positive rate" rate={metrics.falsePositiveRate} />
        <Card name="Hard negatives stopped" rate={metrics.hardNegatives} />
        <Card name="Acceptable action" rate={metrics.acceptableAccuracy} />
        <Figure name="F1" value={fixed(metrics.f1, 3)} note={`macro-F1 ${fixed(metrics.macroF1, 3)}`} />
        <Figure
          name="AUROC"
          value={fixed(metrics.ranking?.auroc ?? null, 3)}
          note={metrics.calibration === null ? 'no probabilities' : `calibration error ${fixed(metrics.calibration.threat.ece, 3)}`}
        />
        <Figure
          name="Mean reward"
          value={metrics.reward.mean === null ? '–' : signed(metrics.reward.mean, 3)}
          note={`best possible ${metrics.reward.best === null ? '–' : signed(metrics.reward.best, 3)}`}
        />
        <Figure
          name="Decision time p50"
          value={`${milliseconds(metrics.decisionMs?.p50 ?? null)} ms`}
          note={`p95 ${milliseconds(metrics.decisionMs?.p95 ?? null)} ms`}
        />
      </dl>
      <Systems report={report} />
      <div className={styles['columns']}>
        <SameRate report={report} />
        <Roc detail={detail} />
      </div>
    </div>
  );
}

function Card({ name, rate }: { readonly name: string; readonly rate: Rate | null }) {
  return (
    <Figure
      name={name}
      value={percent(rate?.rate ?? null)}
      note={
        rate === null
          ? 'no such message'
          : `${percent(rate.low)} to ${percent(rate.high)}, ${count(rate.successes)} of ${count(rate.trials)}`
      }
    />
  );
}

function Figure({ name, value, note }: { readonly name: string; readonly value: string; readonly note: string }) {
  return (
    <div className={styles['card']}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd>{note}</dd>
    </div>
  );
}

function Systems({ report }: { readonly report: EvaluationReport }) {
  const systems: readonly SystemReport[] = [report.model, ...report.baselines];
  const limits = report.model.metrics.ranking?.recallAtFpr.map(({ limit }) => limit) ?? [];
  return (
    <Panel title="Model and baselines" label="Model and baselines" testId="evaluation-systems">
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Model and baselines">
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">System</th>
              <th scope="col">Recall</th>
              <th scope="col">False positives</th>
              <th scope="col">F1</th>
              <th scope="col">AUROC</th>
              {limits.map((limit) => (
                <th key={limit} scope="col">
                  Recall at {percent(limit, 0)}
                </th>
              ))}
              <th scope="col">Brier</th>
              <th scope="col">ECE</th>
              <th scope="col">Regret</th>
              <th scope="col">p50 ms</th>
            </tr>
          </thead>
          <tbody>
            {systems.map(({ name, kind, note, metrics }) => (
              <tr key={name} data-strong={kind === 'model' && name === report.model.name}>
                <th scope="row" title={note}>
                  {name}
                </th>
                <td>
                  {percent(metrics.recall?.rate ?? null)} <Interval rate={metrics.recall} />
                </td>
                <td>
                  {percent(metrics.falsePositiveRate?.rate ?? null)} <Interval rate={metrics.falsePositiveRate} />
                </td>
                <td>{fixed(metrics.f1, 3)}</td>
                <td>{fixed(metrics.ranking?.auroc ?? null, 3)}</td>
                {limits.map((limit) => (
                  <td key={limit}>{percent(metrics.ranking?.recallAtFpr.find((entry) => entry.limit === limit)?.point?.recall ?? null)}</td>
                ))}
                <td>{fixed(metrics.calibration?.threat.brier ?? null, 3)}</td>
                <td>{fixed(metrics.calibration?.threat.ece ?? null, 3)}</td>
                <td>{fixed(metrics.reward.regret, 3)}</td>
                <td>{milliseconds(metrics.decisionMs?.p50 ?? null)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <SystemNotes systems={systems} />
    </Panel>
  );
}

/** Thresholds are cheap: each baseline is allowed as many false positives as the model made. */
function SameRate({ report }: { readonly report: EvaluationReport }) {
  return (
    <Panel title="At the model’s false-positive rate" label="At the model’s false-positive rate">
      {report.comparisons.length === 0 ? (
        <p className={styles['note']}>Messages of both sides are needed to compare.</p>
      ) : (
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Baseline</th>
              <th scope="col">False positives</th>
              <th scope="col">Recall of the model</th>
              <th scope="col">Recall of the baseline</th>
            </tr>
          </thead>
          <tbody>
            {report.comparisons.map(({ baseline, falsePositiveRate, modelRecall, baselineRecall }) => (
              <tr key={baseline}>
                <th scope="row">{baseline}</th>
                <td>{percent(falsePositiveRate)}</td>
                <td>{percent(modelRecall)}</td>
                <td>{baselineRecall === null ? 'has no scores' : percent(baselineRecall)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Roc({ detail }: { readonly detail: EvaluationDetail }) {
  const colours = useChartColours();
  const option = useMemo(() => rocChartOption(detail.roc, null, colours), [detail.roc, colours]);
  const areas = [detail.report.model, ...detail.report.baselines]
    .flatMap(({ name, metrics }) => (metrics.ranking === null ? [] : [`${name} ${fixed(metrics.ranking.auroc, 3)}`]))
    .join(', ');
  return (
    <Panel title="ROC curves" label="ROC curves">
      <div className={styles['chart']}>
        <EChart option={option} label={`ROC curves; areas under them: ${areas}.`} />
      </div>
    </Panel>
  );
}
