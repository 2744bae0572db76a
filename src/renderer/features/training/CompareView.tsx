import { Toggle } from '@base-ui/react/toggle';
import { useEffect, useState } from 'react';
import type { RunDetail, RunSummary } from '../../../contract/runs.ts';
import { activeTheme, useSettings } from '../../app/settings.ts';
import { duration, shortFigure } from '../../charts/figures.ts';
import { runStyle } from '../../charts/runColours.ts';
import { count, middle } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { compareRows, type CompareRow } from './compareRows.ts';
import { RunBadge } from './RunBadge.tsx';
import { useRuns } from './useRuns.ts';
import toolbarStyles from './Toolbar.module.css';
import styles from './CompareView.module.css';

const MOST_RUNS = 12;

/** Facts, configuration and summary of the visible runs side by side. */
export function CompareView({ runs }: { readonly runs: readonly RunSummary[] }) {
  const compared = runs.slice(0, MOST_RUNS);
  const { details, problem } = useDetails(compared.map(({ id }) => id).join());
  const [onlyDifferences, setOnlyDifferences] = useState(true);
  const theme = useSettings(activeTheme);
  if (compared.length === 0) return <Empty title="No run is selected">Tick runs in the list; runs without curves can be compared too.</Empty>;
  const byId = new Map(details.map((detail) => [detail.id, detail]));
  const entries = (part: 'config' | 'summary') => compared.map(({ id }) => byId.get(id)?.[part] ?? []);
  const sections = [
    { name: 'Run', rows: compareRows(compared.map(facts)) },
    { name: 'Configuration', rows: compareRows(entries('config')) },
    { name: 'Summary, last values', rows: compareRows(entries('summary')) },
  ];
  const kept = (row: CompareRow): boolean => !onlyDifferences || compared.length === 1 || row.differs;
  return (
    <div className={styles['view']} data-testid="compare">
      <div className={styles['bar']}>
        <Toggle className={toolbarStyles['toggle']} pressed={onlyDifferences} onPressedChange={setOnlyDifferences} data-testid="only-differences">
          Only differences
        </Toggle>
        <p>
          {compared.length === 1 ? 'Tick a second run to compare.' : `${compared.length} runs compared`}
          {runs.length > MOST_RUNS ? `; the first ${MOST_RUNS} of ${runs.length}` : ''}
        </p>
      </div>
      {problem === null ? null : <Notice tone="problem" title={problem.message} advice={problem.advice} />}
      <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Comparison">
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Key</th>
              {compared.map((run) => (
                <th key={run.id} scope="col">
                  <span className={styles['run']}>
                    <RunBadge style={runStyle(run.colour, theme)} />
                    <HostileText text={run.name} />
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          {sections.map(({ name, rows }) => (
            <tbody key={name}>
              <tr>
                <th scope="rowgroup" colSpan={compared.length + 1} className={styles['section']}>
                  {name}
                  <span>{sectionNote(rows, kept)}</span>
                </th>
              </tr>
              {rows.filter(kept).map((row) => (
                <tr key={row.key} data-differs={row.differs && compared.length > 1} data-testid="compare-row">
                  <th scope="row">
                    <HostileText text={row.key} />
                  </th>
                  {row.values.map((value, index) => (
                    <td key={compared[index]?.id}>{value === null ? <span className={styles['none']}>not set</span> : <HostileText text={figure(value)} />}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </div>
  );
}

function sectionNote(rows: readonly CompareRow[], kept: (row: CompareRow) => boolean): string {
  if (rows.length === 0) return 'none recorded';
  const same = rows.filter((row) => !kept(row)).length;
  return same === 0 ? '' : `${count(same)} alike, not shown`;
}

/** Long decimals are cut to what can be told apart. */
function figure(value: string): string {
  return /^-?\d+\.\d{6,}(e-?\d+)?$/i.test(value) ? shortFigure(Number(value), 6) : value;
}

function facts(run: RunSummary): [string, string][] {
  return [
    ['format', run.format],
    ['state', run.state],
    ['started', run.startedAt ?? '–'],
    ['rows', count(run.rows)],
    ['last step', run.lastStep === null ? '–' : count(run.lastStep)],
    ['duration', run.seconds === null ? '–' : duration(run.seconds)],
    ['path', run.path],
    ['SHA-256', middle(run.sha256)],
  ];
}

function useDetails(ids: string): { readonly details: readonly RunDetail[]; readonly problem: Problem | null } {
  const { client } = usePlatform();
  const { revision } = useRuns();
  const [state, setState] = useState<{ readonly details: readonly RunDetail[]; readonly problem: Problem | null }>({ details: [], problem: null });
  useEffect(() => {
    const stop = new AbortController();
    const load = async (): Promise<void> => {
      try {
        const details = await client.runs.details({ ids: ids === '' ? [] : (ids.split(',')) }, { signal: stop.signal });
        setState({ details, problem: null });
      } catch (error) {
        if (!stop.signal.aborted) setState({ details: [], problem: describeError(error) });
      }
    };
    void load();
    return () => stop.abort();
  }, [client, ids, revision]);
  return state;
}
