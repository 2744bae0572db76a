import { Dialog } from '@base-ui/react/dialog';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { RunSummary } from '../../../contract/runs.ts';
import type { DecodedPanel } from '../../charts/curveData.ts';
import { shortFigure, xFigure } from '../../charts/figures.ts';
import type { Problem } from '../../platform/describeError.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { CurvePlot } from './CurvePlot.tsx';
import { CurveTable } from './CurveTable.tsx';
import { HoverTable } from './HoverTable.tsx';
import { PanelChips } from './PanelChips.tsx';
import { PanelMenu } from './PanelMenu.tsx';
import type { PanelSpec } from './panels.ts';
import { PinnedHandle } from './PinnedHandle.tsx';
import { PlotSurface } from './PlotSurface.tsx';
import { RangeSlider } from './RangeSlider.tsx';
import { useTraining, type TrainingState } from './trainingStore.ts';
import { shownRange } from './useDrawnRange.ts';
import { usePanelChart, type PanelChart } from './usePanelChart.ts';
import { usePanelData } from './usePanelData.ts';
import { usePlotSize } from './usePlot.ts';
import { useReportedDomain } from './xDomain.ts';
import styles from './ChartPanel.module.css';

export const X_NAMES: { readonly [K in TrainingState['x']['kind']]: string } = {
  step: 'Step',
  relative: 'After',
  time: 'UTC',
  metric: 'x',
};

interface ChartPanelProps {
  readonly panel: PanelSpec;
  readonly runs: readonly RunSummary[];
}

/** One quantity over all visible runs. */
export function ChartPanel({ panel, runs }: ChartPanelProps) {
  const [large, setLarge] = useState(false);
  const place = useTraining((state) => (state.moving?.over === panel.id && state.moving.panel !== panel.id ? state.moving.side : undefined));
  return (
    <section className={styles['panel']} aria-label={panel.title} data-testid="chart-panel" data-panel={panel.id} data-drop={place}>
      <PanelBody panel={panel} runs={runs} onEnlarge={() => setLarge(true)} />
      <Dialog.Root open={large} onOpenChange={setLarge}>
        <Dialog.Portal>
          <Dialog.Backdrop className={styles['backdrop']} />
          <Dialog.Popup className={styles['large']} aria-label={panel.title} data-testid="large-panel">
            <PanelBody panel={panel} runs={runs} />
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </section>
  );
}

interface PanelBodyProps extends ChartPanelProps {
  /** Absent in the large view. */
  readonly onEnlarge?: () => void;
}

function PanelBody({ panel, runs, onEnlarge }: PanelBodyProps) {
  const plot = useRef<HTMLDivElement>(null);
  const size = usePlotSize(plot);
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const large = onEnlarge === undefined;
  const panelId = large ? `${panel.id} large` : panel.id;
  const answer = usePanelData(panelId, panel.metrics, ids, size?.width ?? null);
  const chart = usePanelChart(panelId, panel.id, runs, answer);
  const shown = useCallback(() => shownRange(answer), [answer]);
  const [table, setTable] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  useReportedDomain(panelId, answer.data?.domain ?? null);
  const smoothing = useTraining((state) => state.smoothing.amount > 0);
  const reference = useTraining((state) => state.reference);
  const pinned = useTraining((state) => state.pinned.includes(panel.id));
  const { x } = answer;
  const xName = x.kind === 'metric' ? x.metric : X_NAMES[x.kind];
  const problem = failed ?? answer.problem;
  const hover = { panelId, curves: chart?.input.curves ?? [], xKind: x.kind, xName, smoothing, reference, shown };
  return (
    <>
      <header className={styles['header']}>
        {pinned && !large ? <PinnedHandle panel={panel} /> : null}
        <h3 title={panel.title}>
          <HostileText text={panel.title} />
        </h3>
        <PanelChips panel={panel} data={answer.data} />
        <PanelMenu
          panel={panel}
          chart={chart}
          shown={shown}
          runs={runs}
          onProblem={setFailed}
          table={table}
          onTable={large ? setTable : null}
        />
        {onEnlarge === undefined ? (
          <Dialog.Close render={<Button icon="close" size="small" variant="quiet" aria-label="Close" />} />
        ) : (
          <Button
            icon="enlarge"
            size="small"
            variant="quiet"
            aria-label={`Enlarge ${panel.title}`}
            title="Enlarge"
            testId="panel-enlarge"
            onClick={onEnlarge}
          />
        )}
      </header>
      {problem === null ? null : (
        <p className={styles['problem']} role="alert">
          {problem.message}
        </p>
      )}
      <div ref={plot} className={styles['plot']}>
        {chart === null ? (
          <p className={styles['empty']}>{emptyReason(answer.data, runs, panel)}</p>
        ) : size === null ? null : (
          <>
            <CurvePlot chart={chart} answer={answer} size={size} label={summary(panel, chart)} />
            <PlotSurface
              panelId={panelId}
              yKey={panel.id}
              label={panel.title}
              size={size}
              shown={shown}
              scale={answer.xScale}
              y={chart.input.y}
              stops={chart.input.curves[0]?.x ?? null}
            />
          </>
        )}
        {chart === null || large ? null : <HoverTable {...hover} />}
      </div>
      {chart === null || !large ? null : (
        <>
          <RangeSlider />
          <div className={styles['below']}>
            {table ? <CurveTable curves={chart.input.curves} xKind={x.kind} xName={xName} /> : <HoverTable {...hover} docked />}
          </div>
        </>
      )}
    </>
  );
}

function emptyReason(data: DecodedPanel | null, runs: readonly RunSummary[], panel: PanelSpec): string {
  if (runs.length === 0) return 'No run is selected.';
  if (data === null) return 'Loading…';
  const known = runs.some((run) => run.metrics.some(({ name }) => panel.metrics.includes(name)));
  return known ? 'These runs have no points on this x axis.' : 'None of the selected runs has this metric.';
}

function summary(panel: PanelSpec, { input }: PanelChart): string {
  const last = input.curves
    .slice(0, 5)
    .map(
      ({ style, y, x }) =>
        `run ${style.number} ends at ${shortFigure(y.at(-1) ?? Number.NaN)} at ${xFigure(input.x.kind, x.at(-1) ?? 0)}`,
    );
  return `Line chart of ${panel.title}, ${input.curves.length} runs: ${last.join(', ')}.`;
}
