import { useMemo } from 'react';
import type { DriftReport, DriftSystem, EvaluationReport } from '../../../contract/evaluationReport.ts';
import { EChart } from '../../charts/EChart.tsx';
import { rocChartOption } from '../../charts/rocChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count, fixed, percent } from '../../lib/format.ts';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { Interval } from './Interval.tsx';
import { SystemNotes } from './SystemNotes.tsx';
import styles from './Figures.module.css';

/** How well the semantic critic tells harmful redefinitions from legitimate edits, with each way of measuring the drift. */
export function DriftView({ report: { drift } }: { readonly report: EvaluationReport }) {
  return (
    <div className={styles['page']} data-testid="evaluation-drift">
      {drift === undefined ? (
        <Empty title="The report holds no changed definition, so there is no drift to show." />
      ) : (
        <>
          <Measures drift={drift} />
          <Panel title="ROC curves of the drift" label="ROC curves of the drift">
            <Roc systems={drift.systems} />
          </Panel>
        </>
      )}
    </div>
  );
}

function Measures({ drift: { benign, malicious, systems } }: { readonly drift: DriftReport }) {
  const limits = systems[0]?.recallAtFpr.map(({ limit }) => limit) ?? [];
  return (
    <Panel title="Semantic critic on changed definitions" label="Semantic critic on changed definitions" testId="drift-measures">
      <p className={styles['note']}>
        {count(malicious)} harmful redefinitions, {count(benign)} legitimate edits. Recall and false positives at the threshold in force;
        the columns after them move the threshold on these very messages.
      </p>
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Semantic critic on changed definitions">
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Measure</th>
              <th scope="col">AUROC</th>
              <th scope="col">Distance alone</th>
              <th scope="col">Threshold</th>
              <th scope="col">Recall</th>
              <th scope="col">False positives</th>
              {limits.map((limit) => (
                <th key={limit} scope="col">
                  Recall at {percent(limit, 0)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {systems.map((system, index) => (
              <tr key={system.name} data-strong={index === 0}>
                <th scope="row" title={system.note}>
                  {system.name}
                </th>
                <td>{fixed(system.auroc, 3)}</td>
                <td>{fixed(system.distanceAuroc, 3)}</td>
                <td>{fixed(system.threshold, 3)}</td>
                <td>
                  {percent(system.recall?.rate ?? null)} <Interval rate={system.recall} />
                </td>
                <td>
                  {percent(system.falsePositiveRate?.rate ?? null)} <Interval rate={system.falsePositiveRate} />
                </td>
                {limits.map((limit) => (
                  <td key={limit}>{percent(system.recallAtFpr.find((entry) => entry.limit === limit)?.point?.recall ?? null)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <SystemNotes systems={systems} />
    </Panel>
  );
}

function Roc({ systems }: { readonly systems: readonly DriftSystem[] }) {
  const colours = useChartColours();
  const option = useMemo(() => {
    const [first] = systems;
    const inForce =
      first?.recall == null || first.falsePositiveRate === null ? null : ([first.falsePositiveRate.rate, first.recall.rate] as const);
    return rocChartOption(
      systems.map(({ name, roc }) => ({ system: name, points: roc })),
      inForce,
      colours,
    );
  }, [systems, colours]);
  const areas = systems.map(({ name, auroc }) => `${name} ${fixed(auroc, 3)}`).join(', ');
  return (
    <div className={styles['chart']}>
      <EChart option={option} label={`ROC curves of the drift; areas under them: ${areas}. The dot is the threshold in force.`} />
    </div>
  );
}
