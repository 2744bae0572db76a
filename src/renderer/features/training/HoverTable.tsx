import { useEffect, useLayoutEffect, useReducer, useRef, type RefObject } from 'react';
import { useStore } from 'zustand';
import type { RunId, XAxis } from '../../../contract/runs.ts';
import { shareOf, type Range } from '../../charts/axisRange.ts';
import { crosshair, type Crosshair } from '../../charts/crosshair.ts';
import { momentAt, nearestIndex, type Moment } from '../../charts/curveData.ts';
import { PLOT_MARGIN } from '../../charts/curveChart.ts';
import type { ChartCurve } from '../../charts/curveChartInput.ts';
import { duration, shortFigure, xFigure } from '../../charts/figures.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { RunBadge } from './RunBadge.tsx';
import { useTraining } from './trainingStore.ts';
import styles from './HoverTable.module.css';

const MOST_ROWS = 12;

export interface ReadoutRow {
  readonly curve: ChartCurve;
  readonly x: number;
  readonly moment: Moment;
  readonly value: number;
  /** Least and greatest value of the bucket, null for an exact point. */
  readonly spread: readonly [number, number] | null;
  readonly smoothed: number;
  /** Value less that of the reference run here; null without one. */
  readonly delta: number | null;
}

/** What the curves hold at a place, greatest value first; runs that have none there are left out. */
export function readout(curves: readonly ChartCurve[], at: number, xKind: XAxis['kind'], reference: RunId | null): readonly ReadoutRow[] {
  const rows = curves.flatMap((curve): Omit<ReadoutRow, 'delta'>[] => {
    const index = nearestIndex(curve, at);
    if (index === null) return [];
    const value = curve.y[index] as number;
    return [
      {
        curve,
        x: curve.x[index] as number,
        moment: momentAt(curve, index, xKind),
        value,
        spread: curve.exact ? null : [curve.min[index] as number, curve.max[index] as number],
        smoothed: curve.smoothed[index] as number,
      },
    ];
  });
  const base = rows.find(({ curve }) => curve.run === reference)?.value ?? null;
  return rows
    .map((row) => ({ ...row, delta: base === null || row.curve.run === reference ? null : row.value - base }))
    .sort((a, b) => order(b.value) - order(a.value));
}

function order(value: number): number {
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

interface HoverTableProps {
  readonly panelId: string;
  readonly curves: readonly ChartCurve[];
  readonly xKind: XAxis['kind'];
  readonly xName: string;
  readonly smoothing: boolean;
  readonly reference: RunId | null;
  /** What is in view, for the card to keep clear of the crosshair. */
  readonly shown: () => Range;
  /** True in the large view, where the table has a place of its own. */
  readonly docked?: boolean;
}

const ELSEWHERE: Crosshair = { x: null, source: null, locked: false };

/** Values under the crosshair, for the panel that is pointed at; held by a click, it can be read at leisure and copied. */
export function HoverTable({ panelId, docked = false, ...rest }: HoverTableProps) {
  // The other panels do not render for a pointer that is not over them.
  const { x, locked } = useStore(crosshair, (state) => (state.source === panelId ? state : ELSEWHERE));
  // A drag wants to see the curves; a card over them would only follow behind.
  const dragging = useTraining((state) => state.dragged !== null);
  if (x === null || (dragging && !docked)) return docked ? <p className={styles['hint']}>Point at the chart to read its values here.</p> : null;
  return <Readout {...rest} x={x} locked={locked} docked={docked} />;
}

interface ReadoutProps extends Omit<HoverTableProps, 'panelId'> {
  readonly x: number;
  readonly locked: boolean;
  readonly docked: boolean;
}

function Readout({ curves, xKind, xName, smoothing, reference, shown, x, locked, docked }: ReadoutProps) {
  const { copyText } = usePlatform();
  const card = useBesideCrosshair(docked ? null : x, xKind, shown);
  const rows = readout(curves, x, xKind, reference);
  if (rows.length === 0) return null;
  const listed = docked ? rows : rows.slice(0, MOST_ROWS);
  const has = (moment: keyof Moment): boolean => listed.some((row) => row.moment[moment] !== null);
  const [steps, seconds, walls] = [has('step'), has('seconds'), has('wall')];
  const spreads = listed.some(({ spread }) => spread !== null && spread[0] !== spread[1]);
  const deltas = rows.some(({ delta }) => delta !== null);
  const copy = ({ curve, x: at, value, smoothed, moment }: ReadoutRow): void => {
    const cells = [at, value, ...(smoothing ? [smoothed] : []), moment.step, moment.seconds];
    void copyText([curve.name, curve.metric, ...cells.map((cell) => (cell === null ? '' : String(cell))), wallFigure(moment)].join('\t'));
  };
  return (
    <div ref={card} className={styles['card']} data-docked={docked} data-locked={locked} data-testid="hover-table">
      <table>
        <thead>
          <tr>
            <th scope="col">
              {xName} {xFigure(xKind, x)}
            </th>
            <th scope="col">Value</th>
            {spreads ? <th scope="col">Least to greatest</th> : null}
            {smoothing ? <th scope="col">Smoothed</th> : null}
            {deltas ? <th scope="col">Δ reference</th> : null}
            {xKind === 'metric' ? <th scope="col">{xName}</th> : null}
            {steps ? <th scope="col">Step</th> : null}
            {seconds ? <th scope="col">After</th> : null}
            {walls ? <th scope="col">UTC</th> : null}
            {locked ? (
              <th scope="col">
                <span className="visually-hidden">Copy</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {listed.map((row) => (
            <tr key={row.curve.run}>
              <th scope="row">
                <span className={styles['run']}>
                  <RunBadge style={row.curve.style} />
                  <HostileText text={row.curve.name} />
                </span>
              </th>
              <td>{shortFigure(row.value)}</td>
              {spreads ? (
                <td className={styles['spread']}>
                  {row.spread === null ? '' : `${shortFigure(row.spread[0], 3)} to ${shortFigure(row.spread[1], 3)}`}
                </td>
              ) : null}
              {smoothing ? <td>{shortFigure(row.smoothed)}</td> : null}
              {deltas ? <td>{row.delta === null ? '–' : `${row.delta > 0 ? '+' : ''}${shortFigure(row.delta, 3)}`}</td> : null}
              {xKind === 'metric' ? <td>{xFigure(xKind, row.x)}</td> : null}
              {steps ? <td>{row.moment.step === null ? '–' : xFigure('step', row.moment.step)}</td> : null}
              {seconds ? <td>{row.moment.seconds === null ? '–' : duration(row.moment.seconds)}</td> : null}
              {walls ? <td>{wallFigure(row.moment) || '–'}</td> : null}
              {locked ? (
                <td>
                  <Button
                    icon="copy"
                    size="small"
                    variant="quiet"
                    aria-label={`Copy the values of run ${row.curve.style.number}`}
                    onClick={() => copy(row)}
                  />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > listed.length ? <p className={styles['more']}>{rows.length - listed.length} more in the large view</p> : null}
      {docked || locked ? null : <p className={styles['more']}>Click holds these values</p>}
    </div>
  );
}

function wallFigure({ wall }: Moment): string {
  return wall === null ? '' : xFigure('time', wall);
}

const GAP = 12;
const EDGE = 8;

/**
 * Puts the card beside the crosshair on the screen, where it may be wider than its panel; on the side with more room, and within the
 * window. It goes along when the page is scrolled.
 */
function useBesideCrosshair(x: number | null, xKind: XAxis['kind'], shown: () => Range): RefObject<HTMLDivElement | null> {
  const card = useRef<HTMLDivElement>(null);
  const scale = useTraining((state) => state.xScale);
  const [scrolled, onScroll] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    window.addEventListener('scroll', onScroll, { capture: true, passive: true });
    return () => window.removeEventListener('scroll', onScroll, { capture: true });
  }, []);
  useLayoutEffect(() => {
    const element = card.current;
    const plot = element?.parentElement;
    if (element == null || plot == null || x === null) return;
    const { left, top, width } = plot.getBoundingClientRect();
    const at = left + PLOT_MARGIN.left + shareOf(shown(), scale, x) * (width - PLOT_MARGIN.left - PLOT_MARGIN.right);
    const right = at + GAP;
    const start = at > window.innerWidth / 2 ? at - GAP - element.offsetWidth : right;
    element.style.left = `${Math.max(EDGE, Math.min(start, window.innerWidth - element.offsetWidth - EDGE))}px`;
    element.style.top = `${Math.max(EDGE, Math.min(top + EDGE, window.innerHeight - element.offsetHeight - EDGE))}px`;
  }, [x, xKind, shown, scale, scrolled]);
  return card;
}
