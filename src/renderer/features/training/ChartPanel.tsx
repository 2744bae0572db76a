import { Dialog } from '@base-ui/react/dialog';
import { Menu } from '@base-ui/react/menu';
import { useMemo, useRef, useState } from 'react';
import type { RunSummary } from '../../../contract/runs.ts';
import { activeTheme, useSettings } from '../../app/settings.ts';
import { curveChartOption, leastPositiveOf, valueRange, type ChartCurve, type CurveChartInput } from '../../charts/curveChart.ts';
import type { DecodedPanel } from '../../charts/curveData.ts';
import { EChart } from '../../charts/EChart.tsx';
import { shortFigure, xFigure } from '../../charts/figures.ts';
import { runStyle } from '../../charts/runColours.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { count } from '../../lib/format.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { CurveTable } from './CurveTable.tsx';
import { fileName, saveCsv, savePng, saveSvg } from './exportPanel.ts';
import { HoverTable } from './HoverTable.tsx';
import type { PanelSpec } from './panels.ts';
import { PlotSurface } from './PlotSurface.tsx';
import { toggled, training, useTraining, type TrainingState } from './trainingStore.ts';
import { usePacedView } from './usePacedView.ts';
import { usePanelData } from './usePanelData.ts';
import { usePlotSize, type PlotSize } from './usePlot.ts';
import { widened, type Range } from './xRange.ts';
import styles from './ChartPanel.module.css';

export const X_NAMES: { readonly [K in TrainingState['x']['kind']]: string } = {
  step: 'Step',
  relative: 'After',
  time: 'UTC',
  metric: 'x',
};
const SMOOTHING_NAMES: { readonly [K in TrainingState['smoothing']['kind']]: string } = {
  twema: 'TWEMA',
  ema: 'EMA',
  gaussian: 'Gaussian',
  mean: 'Mean',
};
const CLIP_AIR = 0.06;

interface ChartPanelProps {
  readonly panel: PanelSpec;
  readonly runs: readonly RunSummary[];
}

/** One quantity over all visible runs. */
export function ChartPanel({ panel, runs }: ChartPanelProps) {
  const [large, setLarge] = useState(false);
  return (
    <section className={styles['panel']} aria-label={panel.title} data-testid="chart-panel" data-panel={panel.id}>
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
  const { data, problem } = usePanelData(panel.metrics, ids, size?.width ?? null);
  const [table, setTable] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const large = onEnlarge === undefined;
  const panelId = large ? `${panel.id} large` : panel.id;
  const chart = useChart(panelId, runs, data);
  const smoothing = useTraining((state) => state.smoothing.amount > 0);
  const reference = useTraining((state) => state.reference);
  const x = useTraining((state) => state.x);
  const xName = x.kind === 'metric' ? x.metric : X_NAMES[x.kind];
  const shownProblem = failed ?? problem;
  return (
    <>
      <header className={styles['header']}>
        <h3 title={panel.title}>
          <HostileText text={panel.title} />
        </h3>
        <Chips data={data} />
        <PanelMenu panel={panel} chart={chart} runs={runs} onProblem={setFailed} table={table} onTable={large ? setTable : null} />
        {onEnlarge === undefined ? (
          <Dialog.Close render={<Button icon="close" size="small" variant="quiet" aria-label="Close" />} />
        ) : (
          <Button icon="enlarge" size="small" variant="quiet" aria-label={`Enlarge ${panel.title}`} title="Enlarge" testId="panel-enlarge" onClick={onEnlarge} />
        )}
      </header>
      {shownProblem === null ? null : (
        <p className={styles['problem']} role="alert">
          {shownProblem.message}
        </p>
      )}
      <div ref={plot} className={styles['plot']}>
        {chart === null ? (
          <p className={styles['empty']}>{emptyReason(data, runs, panel)}</p>
        ) : size === null ? null : (
          <Plot chart={chart} size={size} panel={panel} panelId={panelId} />
        )}
        {chart === null || large ? null : (
          <HoverTable panelId={panelId} curves={chart.input.curves} xKind={x.kind} xName={xName} smoothing={smoothing} reference={reference} range={chart.range} />
        )}
      </div>
      {chart === null || !large ? null : (
        <div className={styles['below']}>
          {table ? (
            <CurveTable curves={chart.input.curves} xKind={x.kind} xName={xName} />
          ) : (
            <HoverTable panelId={panelId} curves={chart.input.curves} xKind={x.kind} xName={xName} smoothing={smoothing} reference={reference} range={chart.range} docked />
          )}
        </div>
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

function Plot({ chart, size, panel, panelId }: { readonly chart: Chart; readonly size: PlotSize; readonly panel: PanelSpec; readonly panelId: string }) {
  return (
    <>
      <EChart option={chart.option} label={summary(panel, chart)} />
      <PlotSurface panelId={panelId} label={panel.title} size={size} range={chart.range} scale={chart.input.x.scale} stops={chart.input.curves[0]?.x ?? null} />
    </>
  );
}

function summary(panel: PanelSpec, { input }: Chart): string {
  const last = input.curves.slice(0, 5).map(({ style, y, x }) => `run ${style.number} ends at ${shortFigure(y.at(-1) ?? Number.NaN)} at ${xFigure(input.x.kind, x.at(-1) ?? 0)}`);
  return `Line chart of ${panel.title}, ${input.curves.length} runs: ${last.join(', ')}.`;
}

interface Chart {
  readonly input: CurveChartInput;
  readonly option: ReturnType<typeof curveChartOption>;
  readonly range: Range;
}

/** The picture of the data under the page's settings; null when there is nothing to draw. */
function useChart(panelId: string, runs: readonly RunSummary[], data: DecodedPanel | null): Chart | null {
  const theme = useSettings(activeTheme);
  const colours = useChartColours();
  const view = usePacedView(panelId);
  const [xScale, yScale, kind, smoothing, band, raw, clip] = [
    useTraining((state) => state.xScale),
    useTraining((state) => state.yScale),
    useTraining((state) => state.x.kind),
    useTraining((state) => state.smoothing.amount > 0),
    useTraining((state) => state.band),
    useTraining((state) => state.raw),
    useTraining((state) => state.clip),
  ];
  const curves = useMemo(() => {
    const byId = new Map(runs.map((run) => [run.id, run]));
    return (data?.curves ?? []).flatMap((curve): ChartCurve[] => {
      const run = byId.get(curve.run);
      return run === undefined ? [] : [{ ...curve, name: run.name, style: runStyle(run.colour, theme) }];
    });
  }, [data, runs, theme]);
  return useMemo(() => {
    if (data?.domain == null || curves.length === 0) return null;
    const range = view ?? widened(data.domain);
    const values = clip && data.clip !== null ? clipped(data.clip) : data.values;
    const input: CurveChartInput = {
      curves,
      x: { scale: xScale, from: range[0], to: range[1], kind },
      y: valueRange(values, leastPositiveOf(curves), yScale),
      smoothing,
      band,
      raw,
      colours,
    };
    return { input, option: curveChartOption(input), range };
  }, [data, curves, view, xScale, yScale, kind, smoothing, band, raw, clip, colours]);
}

function clipped({ low, high }: NonNullable<DecodedPanel['clip']>): readonly [number, number] {
  const air = (high - low) * CLIP_AIR;
  return [low - air, high + air];
}

/** What was done to the data on its way to the picture. */
function Chips({ data }: { readonly data: DecodedPanel | null }) {
  const smoothing = useTraining((state) => state.smoothing);
  const clip = useTraining((state) => state.clip);
  const yLog = useTraining((state) => state.yScale === 'log');
  if (data === null || data.curves.length === 0) return null;
  const perBucket = Math.max(...data.curves.map((curve) => curve.perBucket));
  const chips: [text: string, title: string][] = [];
  if (perBucket > 1) chips.push([`1:${count(perBucket)}`, `Up to ${count(perBucket)} points share one column; its least and greatest values are drawn`]);
  if (smoothing.amount > 0) chips.push([`${SMOOTHING_NAMES[smoothing.kind]} ${smoothing.amount.toFixed(2)}`, 'The lines are smoothed']);
  if (clip && data.clip !== null && data.clip.beyond > 0) chips.push([`${count(data.clip.beyond)} clipped`, 'Points beyond the 1st and 99th percentile lie outside the picture; none is deleted']);
  if (yLog && data.nonPositive > 0) chips.push([`${count(data.nonPositive)} ≤ 0 hidden`, 'A logarithmic axis has no place for zero and less; the symlog axis has']);
  if (data.nonFinite > 0) chips.push([`${count(data.nonFinite)} not finite`, 'NaN and infinite values are gaps']);
  return (
    <span className={styles['chips']}>
      {chips.map(([text, title]) => (
        <span key={text} title={title}>
          {text}
        </span>
      ))}
    </span>
  );
}

interface PanelMenuProps {
  readonly panel: PanelSpec;
  readonly chart: Chart | null;
  readonly runs: readonly RunSummary[];
  readonly onProblem: (problem: Problem | null) => void;
  readonly table: boolean;
  /** Null where there is no room for a table. */
  readonly onTable: ((shown: boolean) => void) | null;
}

function PanelMenu({ panel, chart, runs, onProblem, table, onTable }: PanelMenuProps) {
  const { client } = usePlatform();
  const pinned = useTraining((state) => state.pinned.includes(panel.id));
  const name = fileName(panel.title);
  const exported = (work: () => Promise<void> | void): void => {
    const run = async (): Promise<void> => {
      onProblem(null);
      try {
        await work();
      } catch (error) {
        onProblem(describeError(error));
      }
    };
    void run();
  };
  const picture = (): ReturnType<typeof curveChartOption> => {
    if (chart === null) throw new Error('There is nothing to export.');
    return curveChartOption({ ...chart.input, title: panel.title });
  };
  const csv = async (): Promise<void> => {
    const { x, view } = training.getState();
    await saveCsv(name, client, { runs: runs.map(({ id }) => id), metrics: [...panel.metrics], x, view: view === null ? null : [view[0], view[1]] });
  };
  return (
    <Menu.Root>
      <Menu.Trigger render={<Button icon="more" size="small" variant="quiet" aria-label={`Menu of ${panel.title}`} testId="panel-menu" />} />
      <Menu.Portal>
        <Menu.Positioner className={styles['menuPlace']} sideOffset={4} align="end">
          <Menu.Popup className={styles['menu']}>
            <Menu.Item className={styles['menuItem']} onClick={() => training.setState((state) => ({ pinned: toggled(state.pinned, panel.id) }))}>
              {pinned ? 'Unpin' : 'Pin to the top'}
            </Menu.Item>
            {pinned ? (
              <Menu.Item className={styles['menuItem']} onClick={() => training.setState((state) => ({ pinned: movedUp(state.pinned, panel.id) }))}>
                Move up
              </Menu.Item>
            ) : null}
            {onTable === null ? null : (
              <Menu.Item className={styles['menuItem']} onClick={() => onTable(!table)}>
                {table ? 'View values at the crosshair' : 'View as table'}
              </Menu.Item>
            )}
            <Menu.Separator className={styles['menuLine']} />
            <Menu.Item className={styles['menuItem']} disabled={chart === null} onClick={() => exported(() => savePng(name, picture()))}>
              Export PNG
            </Menu.Item>
            <Menu.Item className={styles['menuItem']} disabled={chart === null} onClick={() => exported(() => saveSvg(name, picture()))}>
              Export SVG
            </Menu.Item>
            <Menu.Item className={styles['menuItem']} disabled={chart === null} onClick={() => exported(csv)}>
              Export CSV, raw points
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function movedUp(list: readonly string[], item: string): string[] {
  const at = list.indexOf(item);
  if (at <= 0) return [...list];
  return [...list.slice(0, at - 1), item, ...list.slice(at - 1, at), ...list.slice(at + 1)];
}
