import { Checkbox } from '@base-ui/react/checkbox';
import { Menu } from '@base-ui/react/menu';
import { useEffect, useMemo, useRef, useState, type MouseEvent } from 'react';
import type { RunState, RunSummary } from '../../../contract/runs.ts';
import { activeTheme, useSettings } from '../../app/settings.ts';
import { duration } from '../../charts/figures.ts';
import { runStyle } from '../../charts/runColours.ts';
import { count, plural } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { ImportDialog } from './ImportDialog.tsx';
import { RunBadge } from './RunBadge.tsx';
import { toggleRun, training, useTraining, visibleRuns } from './trainingStore.ts';
import menuStyles from './ChartPanel.module.css';
import styles from './RunList.module.css';

const ROW_HEIGHT = 40;
const HEADING_HEIGHT = 26;

type Row = { readonly kind: 'group'; readonly name: string; readonly runs: readonly RunSummary[] } | { readonly kind: 'run'; readonly run: RunSummary };

function rowsOf(runs: readonly RunSummary[]): readonly Row[] {
  return [...Map.groupBy(runs, ({ group }) => group)].flatMap(([name, members]): Row[] => [
    { kind: 'group', name, runs: members },
    ...members.map((run): Row => ({ kind: 'run', run })),
  ]);
}

/** All runs: what is on the charts, what each is, and where more come from. */
export function RunList({ runs }: { readonly runs: readonly RunSummary[] }) {
  const search = useTraining((state) => state.search);
  const found = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return wanted === '' ? runs : runs.filter(({ name, group }) => `${group} ${name}`.toLowerCase().includes(wanted));
  }, [runs, search]);
  const rows = useMemo(() => rowsOf(found), [found]);
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <Panel title="Runs" label="Runs" className={styles['panel']} testId="run-list" actions={<ImportDialog />}>
      <div className={styles['search']}>
        <Icon name="search" size={14} />
        <input
          id="run-search"
          type="search"
          value={search}
          placeholder="Filter runs"
          aria-label="Filter runs"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => training.setState({ search: event.target.value })}
        />
      </div>
      {problem === null ? null : (
        <p className={styles['problem']} role="alert">
          {problem.message}
        </p>
      )}
      {found.length === 0 ? (
        <Empty title="No run matches">
          <Button size="small" onClick={() => training.setState({ search: '' })}>
            Clear the filter
          </Button>
        </Empty>
      ) : (
        <Rows rows={rows} all={runs} onProblem={setProblem} />
      )}
    </Panel>
  );
}

interface RowsProps {
  readonly rows: readonly Row[];
  readonly all: readonly RunSummary[];
  readonly onProblem: (problem: Problem | null) => void;
}

const OVERSCAN_PIXELS = 400;

function heightOf(row: Row): number {
  return row.kind === 'group' ? HEADING_HEIGHT : ROW_HEIGHT;
}

/** Rows with the distance of each from the top. */
function place(rows: readonly Row[]): readonly { readonly row: Row; readonly start: number }[] {
  const placed: { row: Row; start: number }[] = [];
  for (const row of rows) {
    const before = placed.at(-1);
    placed.push({ row, start: before === undefined ? 0 : before.start + heightOf(before.row) });
  }
  return placed;
}

/** Draws the rows in sight only: a library may hold thousands of runs. */
function Rows({ rows, all, onProblem }: RowsProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState<readonly [top: number, height: number]>([0, 800]);
  useEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const look = (): void => setSight([element.scrollTop, element.clientHeight]);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);
  const placed = useMemo(() => place(rows), [rows]);
  const total = rows.reduce((sum, row) => sum + heightOf(row), 0);
  const [from, to] = [sight[0] - OVERSCAN_PIXELS, sight[0] + sight[1] + OVERSCAN_PIXELS];
  return (
    <div ref={scroll} className={styles['scroll']}>
      <ul className={styles['rows']} style={{ height: total }}>
        {placed
          .filter(({ row, start }) => start + heightOf(row) >= from && start <= to)
          .map(({ row, start }) => (
            <li
              key={row.kind === 'group' ? `group ${row.name}` : row.run.id}
              className={styles['row']}
              style={{ height: heightOf(row), transform: `translateY(${start}px)` }}
            >
              {row.kind === 'group' ? (
                <GroupRow name={row.name} runs={row.runs} />
              ) : (
                <RunRow run={row.run} all={all} onProblem={onProblem} />
              )}
            </li>
          ))}
      </ul>
    </div>
  );
}

function GroupRow({ name, runs }: { readonly name: string; readonly runs: readonly RunSummary[] }) {
  return (
    <div className={styles['group']}>
      <span className={styles['groupName']}>
        <HostileText text={name} />
      </span>
      <span>
        {runs.some(({ shipped }) => shipped) ? 'ships with OmniGuard, ' : ''}
        {plural(runs.length, 'run')}
      </span>
    </div>
  );
}

const STATE_WORDS: { readonly [S in RunState]: string } = {
  live: 'live',
  stale: 'stale',
  finished: '',
  failed: 'failed',
  ended: '',
};

function RunRow({ run, all, onProblem }: { readonly run: RunSummary; readonly all: readonly RunSummary[]; readonly onProblem: (problem: Problem | null) => void }) {
  const theme = useSettings(activeTheme);
  const visible = useTraining((state) => visibleRuns([run], state).length > 0);
  const solo = useTraining((state) => state.solo === run.id);
  const reference = useTraining((state) => state.reference === run.id);
  const style = runStyle(run.colour, theme);
  const onClick = (event: MouseEvent): void => {
    if (!event.altKey) return;
    event.preventDefault();
    training.setState({ solo: solo ? null : run.id });
  };
  const label = `${visible ? 'Hide' : 'Show'} run ${style.number}: ${run.name}`;
  return (
    <div className={styles['run']} data-testid="run-row" data-solo={solo}>
      <label className={styles['name']} onClickCapture={onClick} title="Click shows or hides; Alt and click shows it alone">
        <Checkbox.Root className={styles['box']} checked={visible} aria-label={label} onCheckedChange={() => toggleRun(run)}>
          <Checkbox.Indicator className={styles['tick']}>
            <Icon name="check" size={12} />
          </Checkbox.Indicator>
        </Checkbox.Root>
        <RunBadge style={style} muted={!visible} />
        <span className={styles['text']}>
          <span className={styles['title']}>
            <HostileText text={run.name} />
          </span>
          <span className={styles['facts']}>
            {STATE_WORDS[run.state] === '' ? null : (
              <strong data-state={run.state}>{STATE_WORDS[run.state]}</strong>
            )}
            {facts(run)}
          </span>
        </span>
      </label>
      {reference ? <span className={styles['tag']}>ref</span> : null}
      {solo ? <span className={styles['tag']}>solo</span> : null}
      {run.notes.length === 0 ? null : (
        <span className={styles['notes']} title={run.notes.join('\n')} role="img" aria-label={`Left out in the import: ${run.notes.join(' ')}`}>
          <Icon name="warning" size={14} />
        </span>
      )}
      <RunMenu run={run} all={all} solo={solo} reference={reference} onProblem={onProblem} />
    </div>
  );
}

function facts(run: RunSummary): string {
  if (run.metrics.length === 0) return 'figures only, no curves';
  const parts = [`${count(run.rows)} rows`, plural(run.metrics.length, 'metric')];
  if (run.seconds !== null && run.seconds > 0) parts.push(duration(run.seconds));
  return parts.join(', ');
}

interface RunMenuProps {
  readonly run: RunSummary;
  readonly all: readonly RunSummary[];
  readonly solo: boolean;
  readonly reference: boolean;
  readonly onProblem: (problem: Problem | null) => void;
}

function RunMenu({ run, all, solo, reference, onProblem }: RunMenuProps) {
  const { client, copyText } = usePlatform();
  const act = (work: () => Promise<void>): void => {
    onProblem(null);
    work().catch((error: unknown) => onProblem(describeError(error)));
  };
  const hideOthers = (): void =>
    training.setState({
      solo: null,
      hidden: all.filter(({ id, metrics }) => id !== run.id && metrics.length > 0).map(({ id }) => id),
      shown: run.metrics.length === 0 ? [run.id] : [],
    });
  return (
    <Menu.Root>
      <Menu.Trigger render={<Button icon="more" size="small" variant="quiet" aria-label={`Menu of run ${run.name}`} />} />
      <Menu.Portal>
        <Menu.Positioner className={menuStyles['menuPlace']} sideOffset={4} align="end">
          <Menu.Popup className={menuStyles['menu']}>
            <Menu.Item className={menuStyles['menuItem']} onClick={() => training.setState({ solo: solo ? null : run.id })}>
              {solo ? 'Show all again' : 'Solo'}
            </Menu.Item>
            <Menu.Item className={menuStyles['menuItem']} onClick={hideOthers}>
              Hide the others
            </Menu.Item>
            <Menu.Item className={menuStyles['menuItem']} onClick={() => training.setState({ hidden: [] })}>
              Show every run
            </Menu.Item>
            <Menu.Item className={menuStyles['menuItem']} onClick={() => training.setState({ reference: reference ? null : run.id })}>
              {reference ? 'No longer the reference' : 'Make it the reference'}
            </Menu.Item>
            <Menu.Separator className={menuStyles['menuLine']} />
            {!run.followable ? null : (
              <Menu.Item className={menuStyles['menuItem']} onClick={() => act(() => client.runs.follow({ id: run.id, follow: !run.followed }))}>
                {run.followed ? 'Stop following the file' : 'Follow the file'}
              </Menu.Item>
            )}
            <Menu.Item className={menuStyles['menuItem']} onClick={() => act(() => copyText(run.path))}>
              Copy the path
            </Menu.Item>
            {run.shipped ? null : (
              <Menu.Item className={menuStyles['menuItem']} onClick={() => act(() => client.runs.remove({ id: run.id }))}>
                Remove from the list; the file stays
              </Menu.Item>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
