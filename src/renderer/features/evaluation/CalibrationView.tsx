import { useMemo } from 'react';
import type { CalibrationFigures, EvaluationReport } from '../../../contract/evaluationReport.ts';
import { wilson } from '../../../contract/wilson.ts';
import { EChart } from '../../charts/EChart.tsx';
import { forecastChartOption } from '../../charts/forecastChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count, fixed, percent } from '../../lib/format.ts';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import styles from './Figures.module.css';

/** How far the model's probabilities can be taken at their word. */
export function CalibrationView({ report }: { readonly report: EvaluationReport }) {
  const { calibration, labelMass } = report.model.metrics;
  if (calibration === null) return <Empty title="This model gave no probabilities." />;
  return (
    <div className={styles['page']} data-testid="evaluation-calibration">
      <div className={styles['columns']}>
        <Forecasts title="Malicious, as 1 − P(Allow)" figures={calibration.threat} event="malicious" />
        <Forecasts title="Most probable action" figures={calibration.action} event="fitting" />
      </div>
      <p className={styles['note']}>
        Bins hold equally many messages; a dot on the diagonal is a forecast that came true as often as it said, whiskers are Wilson 95%
        intervals, larger dots hold more messages.
        {labelMass === null ? '' : ` Probability on the six labels: mean ${fixed(labelMass.mean, 3)}, least ${fixed(labelMass.min, 3)}.`}
      </p>
    </div>
  );
}

interface ForecastsProps {
  readonly title: string;
  readonly figures: CalibrationFigures;
  /** What came true, in one word. */
  readonly event: string;
}

function Forecasts({ title, figures, event }: ForecastsProps) {
  const colours = useChartColours();
  const option = useMemo(() => forecastChartOption(figures.bins, event, colours), [figures, event, colours]);
  return (
    <Panel title={title} label={title}>
      <p className={styles['note']}>
        Expected calibration error <strong>{fixed(figures.ece, 3)}</strong>, Brier score <strong>{fixed(figures.brier, 3)}</strong>
      </p>
      <div className={styles['chart']}>
        <EChart
          option={option}
          label={`Reliability diagram, ${title}: expected calibration error ${fixed(figures.ece, 3)}. The table below has its figures.`}
        />
      </div>
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label={`Bins, ${title}`}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Forecast</th>
              <th scope="col">Messages</th>
              <th scope="col">Mean forecast</th>
              <th scope="col">Share {event}</th>
              <th scope="col">95% interval</th>
            </tr>
          </thead>
          <tbody>
            {figures.bins.map(({ from, to, count: size, confidence, frequency }, index) => {
              const rate = wilson(Math.round(frequency * size), size);
              return (
                <tr key={index}>
                  <th scope="row">
                    {fixed(from, 3)} to {fixed(to, 3)}
                  </th>
                  <td>{count(size)}</td>
                  <td>{percent(confidence)}</td>
                  <td>{percent(frequency)}</td>
                  <td>
                    {percent(rate?.low ?? null)} to {percent(rate?.high ?? null)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
