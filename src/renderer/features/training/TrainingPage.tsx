import { Tabs } from '@base-ui/react/tabs';
import { useMemo, type DragEvent } from 'react';
import { SMOOTHING_KINDS, type RunSummary } from '../../../contract/runs.ts';
import type { Command } from '../../app/commands.ts';
import type { CommandId } from '../../app/keys/catalogue.ts';
import { useCommands } from '../../app/useCommands.ts';
import { clearCrosshair } from '../../charts/crosshair.ts';
import { SCALE_KINDS } from '../../charts/scale.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Empty, Notice } from '../../widgets/Notice.tsx';
import { ChartPanel } from './ChartPanel.tsx';
import { CompareView } from './CompareView.tsx';
import { changeXAxis } from './changeXAxis.ts';
import { droppedFiles, holdsFiles } from './droppedFiles.ts';
import { ImportDialog, importDialog } from './ImportDialog.tsx';
import { RangeSlider } from './RangeSlider.tsx';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { panelSections, type PanelSection } from './panels.ts';
import { ResultsPanel } from './ResultsPanel.tsx';
import { RunList } from './RunList.tsx';
import { Toolbar } from './Toolbar.tsx';
import { resetZoom, toggled, training, useTraining, visibleRuns, zoomBack, type TrainingState } from './trainingStore.ts';
import { RunsContext, useRunsSubscription, type RunsState } from './useRuns.ts';
import styles from './TrainingPage.module.css';

const NO_RUNS: readonly RunSummary[] = [];

function onDragOver(event: DragEvent): void {
  if (!holdsFiles(event.dataTransfer)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
}

/** Files of runs may be dropped anywhere on the page. */
function onDrop(event: DragEvent): void {
  if (!holdsFiles(event.dataTransfer)) return;
  event.preventDefault();
  const files = droppedFiles(event.dataTransfer);
  void files.then((dropped) => importDialog.setState({ open: true, dropped }));
}

/** Training runs: what ships, what was imported, what is training now. */
export function TrainingPage() {
  const state = useRunsSubscription();
  useTrainingCommands(state.list?.runs ?? NO_RUNS);
  return (
    <RunsContext value={state}>
      <div className={styles['page']} onDragOver={onDragOver} onDrop={onDrop}>
        <h1 className="visually-hidden">Training</h1>
        <Problems state={state} />
        {state.list === null ? (
          <Empty title="Loading the runs…" />
        ) : state.list.runs.length === 0 ? (
          <Empty title="No runs yet">
            <p>Training curves appear here. Import a W&amp;B or trackio folder, a JSON-lines history or a trainer_state.json.</p>
            <ImportDialog />
          </Empty>
        ) : (
          <Runs runs={state.list.runs} />
        )}
      </div>
    </RunsContext>
  );
}

function Problems({ state }: { readonly state: RunsState }) {
  const stored = state.list?.problem ?? null;
  return (
    <>
      {state.problem === null ? null : <Notice tone="problem" title={state.problem.message} advice={state.problem.advice} testId="training-problem" />}
      {stored === null ? null : <Notice tone="info" title={stored} />}
    </>
  );
}

function Runs({ runs }: { readonly runs: readonly RunSummary[] }) {
  const [hidden, shown, solo, tab, pinned] = [
    useTraining((state) => state.hidden),
    useTraining((state) => state.shown),
    useTraining((state) => state.solo),
    useTraining((state) => state.tab),
    useTraining((state) => state.pinned),
  ];
  const visible = useMemo(() => visibleRuns(runs, { hidden, shown, solo }), [runs, hidden, shown, solo]);
  const charted = useMemo(() => visible.filter(({ metrics }) => metrics.length > 0), [visible]);
  const sections = useMemo(() => panelSections(charted, pinned), [charted, pinned]);
  return (
    <div className={styles['columns']}>
      <div className={styles['side']}>
        <RunList runs={runs} />
        <ResultsPanel />
      </div>
      <Tabs.Root className={styles['main']} value={tab} onValueChange={(value: TrainingState['tab']) => training.setState({ tab: value })}>
        <div className={styles['head']}>
          <Tabs.List className={styles['tabs']}>
            <Tabs.Tab className={styles['tab']} value="charts">
              Charts
            </Tabs.Tab>
            <Tabs.Tab className={styles['tab']} value="compare" data-testid="tab-compare">
              Compare
            </Tabs.Tab>
          </Tabs.List>
          {tab === 'charts' ? <Toolbar runs={charted} /> : null}
        </div>
        <Tabs.Panel className={styles['body']} value="charts">
          {charted.length === 0 ? (
            <Empty title="No run is selected">
              <Button size="small" onClick={() => training.setState({ hidden: [], solo: null })}>
                Show every run
              </Button>
            </Empty>
          ) : (
            <>
              <div className={styles['sections']}>
                {sections.map((section) => (
                  <Section key={section.id} section={section} runs={charted} />
                ))}
              </div>
              <RangeSlider />
            </>
          )}
        </Tabs.Panel>
        <Tabs.Panel className={styles['body']} value="compare">
          <CompareView runs={visible} />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  );
}

function Section({ section, runs }: { readonly section: PanelSection; readonly runs: readonly RunSummary[] }) {
  const collapsed = useTraining((state) => state.collapsed.includes(section.id));
  return (
    <section aria-label={section.title}>
      <h2 className={styles['heading']}>
        <button type="button" aria-expanded={!collapsed} onClick={() => training.setState((state) => ({ collapsed: toggled(state.collapsed, section.id) }))}>
          <span className={styles['arrow']} data-collapsed={collapsed}>
            <Icon name="down" size={12} />
          </span>
          <HostileText text={section.title} />
          <span className={styles['number']}>{section.panels.length}</span>
        </button>
      </h2>
      {collapsed ? null : (
        <div className={styles['grid']}>
          {section.panels.map((panel) => (
            <ChartPanel key={panel.id} panel={panel} runs={runs} />
          ))}
        </div>
      )}
    </section>
  );
}

const SMOOTHING_STEP = 0.1;
const MOST_SMOOTHING = 0.99;

function next<T>(list: readonly T[], item: T): T {
  return list[(list.indexOf(item) + 1) % list.length] as T;
}

function changeSmoothing(by: number): void {
  training.setState(({ smoothing }) => ({
    smoothing: { ...smoothing, amount: Math.min(MOST_SMOOTHING, Math.max(0, Math.round((smoothing.amount + by) * 100) / 100)) },
  }));
}

function useTrainingCommands(runs: readonly RunSummary[]): void {
  const { client } = usePlatform();
  const commands = useMemo<readonly Command[]>(() => {
    const command = (id: CommandId, run: () => void): Command => ({ id, enabled: true, run });
    return [
      command('training.less', () => changeSmoothing(-SMOOTHING_STEP)),
      command('training.more', () => changeSmoothing(SMOOTHING_STEP)),
      command('training.kind', () =>
        training.setState(({ smoothing }) => ({ smoothing: { ...smoothing, kind: next(SMOOTHING_KINDS, smoothing.kind) } })),
      ),
      command('training.x', () => {
        const state = training.getState();
        const { kind } = state.x;
        const charted = visibleRuns(runs, state).filter(({ metrics }) => metrics.length > 0);
        const to = next(['step', 'relative', 'time'] as const, kind === 'metric' ? 'time' : kind);
        void changeXAxis(
          client,
          charted.map(({ id }) => id),
          { kind: to },
        );
      }),
      command('training.y', () => training.setState(({ yScale }) => ({ yScale: next(SCALE_KINDS, yScale) }))),
      command('training.clip', () => training.setState(({ clip }) => ({ clip: !clip }))),
      command('training.back', zoomBack),
      command('training.reset', resetZoom),
      command('training.compare', () => training.setState(({ tab }) => ({ tab: tab === 'charts' ? 'compare' : 'charts' }))),
      command('training.import', () => importDialog.setState({ open: true })),
      command('training.search', () => document.getElementById('run-search')?.focus()),
      command('training.pause', () => training.setState(({ paused }) => ({ paused: !paused }))),
      command('training.escape', clearCrosshair),
    ];
  }, [client, runs]);
  useCommands(commands);
}
