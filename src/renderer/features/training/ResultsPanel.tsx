import { useState } from 'react';
import type { GroupResults, ResultRow } from '../../../contract/runs.ts';
import { fixed, signed } from '../../lib/format.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { useRuns } from './useRuns.ts';
import styles from './ResultsPanel.module.css';

const MEASURES: { readonly [M in ResultRow['measure']]: string } = {
  overall_reward: 'Overall reward',
  env_step_reward: 'Environment step reward',
  threat_awareness: 'Threat awareness',
  action_stability: 'Action stability (KL)',
};

/** Baseline against trained, computed from the runs' files; each figure says from what. */
export function ResultsPanel() {
  const { results, list } = useRuns();
  const [chosen, setChosen] = useState<number>(0);
  const index = Math.min(chosen, results.length - 1);
  const group = results[index];
  return (
    <Panel title="Results" label="Results" className={styles['panel']} testId="results">
      {group === undefined ? (
        <Empty title={list === null ? 'Loading…' : 'No results'}>
          {list === null ? null : 'A run with a reward and its KL to the reference, or an evaluation of two models, gives results.'}
        </Empty>
      ) : (
        <>
          {results.length > 1 ? (
            <div className={styles['choice']}>
              <SelectField
                label="Training"
                testId="results-group"
                value={index}
                options={results.map((entry, value) => ({ value, label: entry.group === '' ? 'unnamed' : entry.group }))}
                onChange={setChosen}
              />
            </div>
          ) : null}
          <Figures group={group} />
        </>
      )}
    </Panel>
  );
}

function Figures({ group }: { readonly group: GroupResults }) {
  const parts = [...Map.groupBy(group.rows, ({ on }) => on)];
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Result figures">
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col">Baseline</th>
            <th scope="col">Trained</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        {parts.map(([on, rows]) => (
          <tbody key={on}>
            <tr>
              <th scope="rowgroup" colSpan={4} className={styles['on']}>
                <HostileText text={on} />
                <span className={styles['span']}>{rows.some(({ measure }) => measure === 'action_stability') ? 'start and end of training' : 'untrained and trained model'}</span>
              </th>
            </tr>
            {rows.map((row) => (
              <tr key={row.measure} data-testid="result-row">
                <th scope="row">{MEASURES[row.measure]}</th>
                <td title={row.baselineSource}>{fixed(row.baseline, 3)}</td>
                <td title={row.trainedSource}>{fixed(row.trained, 3)}</td>
                <td>{row.baseline === null || row.trained === null ? '–' : signed(row.trained - row.baseline, 3)}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
      <p className={styles['note']}>
        Of a training run: first against last tenth of the logged points. Of a suite: the untrained against the trained model. KL is the distance
        to the policy that training started from, 0 there; lower is steadier.
      </p>
    </div>
  );
}
