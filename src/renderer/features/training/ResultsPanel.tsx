import { useState } from 'react';
import {
  RESULT_MEASURES,
  RESULT_MODELS,
  type CurveResult,
  type EvaluatedSuite,
  type GroupResults,
  type ResultFigure,
  type ResultMeasure,
  type ResultModel,
} from '../../../contract/runs.ts';
import { count, fixed, PHASE_NAMES, signed } from '../../lib/format.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SelectField } from '../../widgets/SelectField.tsx';
import { firstShownGroup, missingMeasures } from './resultRows.ts';
import { useRuns } from './useRuns.ts';
import styles from './ResultsPanel.module.css';

const MEASURES: { readonly [M in ResultMeasure]: string } = {
  overall_reward: 'Overall reward',
  env_step_reward: 'Environment step reward',
  threat_awareness: 'Threat awareness',
  action_stability: 'Action stability (KL)',
};
/** A reward's curve is that of the training batches, not of an evaluation. */
const CURVE_NAMES: { readonly [M in ResultMeasure]: string } = { ...MEASURES, overall_reward: 'Training reward' };
const MODELS: { readonly [M in ResultModel]: string } = { baseline: 'Baseline', warm_start: 'Warm start', trained: 'Trained' };

/** Untrained model, warm start and trained model, computed from the runs' files; each figure says from what. */
export function ResultsPanel() {
  const { results, list } = useRuns();
  const [chosen, setChosen] = useState<number | null>(null);
  const index = Math.min(chosen ?? firstShownGroup(results), results.length - 1);
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
          <Results group={group} />
        </>
      )}
    </Panel>
  );
}

function Results({ group }: { readonly group: GroupResults }) {
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Result figures">
      {group.note === null ? null : (
        <p className={styles['note']}>
          <HostileText text={group.note} />
        </p>
      )}
      {group.suites.length === 0 ? (
        <p className={styles['note']} data-testid="results-not-evaluated">
          This run holds no evaluation: nothing compares its trained model with the untrained one.
        </p>
      ) : (
        <Evaluation suites={group.suites} />
      )}
      {group.curves.length === 0 ? null : <Curves curves={group.curves} />}
    </div>
  );
}

function Evaluation({ suites }: { readonly suites: readonly EvaluatedSuite[] }) {
  const missing = missingMeasures(suites).map((measure) => `${MEASURES[measure].slice(0, 1).toLowerCase()}${MEASURES[measure].slice(1)}`);
  return (
    <>
      <table className={styles['table']} data-testid="results-evaluation">
        <thead>
          <tr>
            <th scope="col">Evaluated</th>
            {RESULT_MODELS.map((model) => (
              <th key={model} scope="col">
                {MODELS[model]}
              </th>
            ))}
          </tr>
        </thead>
        {suites.map(({ on, phase, rows, figures }) => (
          <tbody key={on} data-testid="result-suite">
            <tr>
              <th scope="rowgroup" colSpan={4} className={styles['on']}>
                {phase === null ? null : `${PHASE_NAMES[phase]} `}
                <span className={phase === null ? undefined : styles['span']}>
                  <HostileText text={on} />
                </span>
                {rows === null ? null : <span className={styles['span']}>{count(rows)} messages</span>}
              </th>
            </tr>
            {RESULT_MEASURES.filter((measure) => RESULT_MODELS.some((model) => figures[measure][model] !== null)).map((measure) => (
              <tr key={measure} data-testid="result-row" data-measure={measure}>
                <th scope="row">{MEASURES[measure]}</th>
                {RESULT_MODELS.map((model) => (
                  <Figure
                    key={model}
                    figure={figures[measure][model]}
                    from={model === 'trained' && measure !== 'action_stability' ? figures[measure].baseline : null}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
      {missing.length === 0 ? null : (
        <p className={styles['note']} data-testid="results-missing">
          Not in this run’s evaluation: {missing.join(', ')}.
        </p>
      )}
      <p className={styles['note']}>
        The untrained model, the one that reinforcement started from, and the trained one, on the same messages. KL is the distance to the
        warm start, in nats; lower is steadier.
      </p>
    </>
  );
}

/** @param from what the figure has changed from, said in the title */
function Figure({ figure, from }: { readonly figure: ResultFigure | null; readonly from: ResultFigure | null }) {
  if (figure === null) return <td title="Not in this run’s evaluation">–</td>;
  const change = from === null ? '' : `; ${signed(figure.value - from.value, 3)} from the baseline`;
  return <td title={`${figure.source}${change}`}>{fixed(figure.value, 3)}</td>;
}

function Curves({ curves }: { readonly curves: readonly CurveResult[] }) {
  return (
    <>
      <table className={styles['table']} data-testid="results-curves">
        <thead>
          <tr>
            <th scope="col">Training curve</th>
            <th scope="col">Start</th>
            <th scope="col">End</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {curves.map(({ measure, on, start, end }) => (
            <tr key={measure} data-testid="curve-row" data-measure={measure}>
              <th scope="row" title={on}>
                {CURVE_NAMES[measure]}
              </th>
              <td title={start.source}>{fixed(start.value, 3)}</td>
              <td title={end.source}>{fixed(end.value, 3)}</td>
              <td>{signed(end.value - start.value, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles['note']}>First against last tenth of the points that reinforcement logged, on the messages it trained on.</p>
    </>
  );
}
