import { useStore } from 'zustand';
import type { RunId, XAxis } from '../../../contract/runs.ts';
import { crosshair } from '../../charts/crosshair.ts';
import { nearestIndex } from '../../charts/curveData.ts';
import type { ChartCurve } from '../../charts/curveChart.ts';
import { shortFigure, xFigure } from '../../charts/figures.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';
import { Button } from '../../widgets/Button.tsx';
import { HostileText } from '../../widgets/HostileText.tsx';
import { RunBadge } from './RunBadge.tsx';
import type { Range } from './xRange.ts';
import styles from './HoverTable.module.css';

const MOST_ROWS = 12;

export interface ReadoutRow {
  readonly curve: ChartCurve;
  readonly x: number;
  readonly value: number;
  /** Least and greatest value of the bucket, null for an exact point. */
  readonly spread: readonly [number, number] | null;
  readonly smoothed: number;
  /** Value less that of the reference run here; null without one. */
  readonly delta: number | null;
}

/** What the curves hold at a place, greatest value first; runs that have none there are left out. */
export function readout(curves: readonly ChartCurve[], at: number, reference: RunId | null): readonly ReadoutRow[] {
  const rows = curves.flatMap((curve): Omit<ReadoutRow, 'delta'>[] => {
    const index = nearestIndex(curve, at);
    if (index === null) return [];
    const value = curve.y[index] as number;
    return [
      {
        curve,
        x: curve.x[index] as number,
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
  /** Where the x axis begins and ends, for the card to keep clear of the crosshair. */
  readonly range: Range;
  /** True in the large view, where the table has a place of its own. */
  readonly docked?: boolean;
}

/** Values under the crosshair, for the panel that is pointed at; held by a click, it can be read at leisure and copied. */
export function HoverTable({ panelId, curves, xKind, xName, smoothing, reference, range, docked = false }: HoverTableProps) {
  const { x, source, locked } = useStore(crosshair);
  const { copyText } = usePlatform();
  const mine = source === panelId && x !== null;
  if (!mine) return docked ? <p className={styles['hint']}>Point at the chart to read its values here.</p> : null;
  const rows = readout(curves, x, reference);
  if (rows.length === 0) return null;
  const shown = docked ? rows : rows.slice(0, MOST_ROWS);
  const spreads = shown.some(({ spread }) => spread !== null && spread[0] !== spread[1]);
  const deltas = rows.some(({ delta }) => delta !== null);
  const copy = (row: ReadoutRow): void =>
    void copyText([row.curve.name, row.curve.metric, String(row.x), String(row.value), ...(smoothing ? [String(row.smoothed)] : [])].join('\t'));
  return (
    <div className={styles['card']} data-docked={docked} data-side={x > (range[0] + range[1]) / 2 ? 'left' : 'right'} data-locked={locked} data-testid="hover-table">
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
            <th scope="col">At</th>
            {locked ? (
              <th scope="col">
                <span className="visually-hidden">Copy</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.curve.run}>
              <th scope="row">
                <span className={styles['run']}>
                  <RunBadge style={row.curve.style} />
                  <HostileText text={row.curve.name} />
                </span>
              </th>
              <td>{shortFigure(row.value)}</td>
              {spreads ? <td className={styles['spread']}>{row.spread === null ? '' : `${shortFigure(row.spread[0], 3)} to ${shortFigure(row.spread[1], 3)}`}</td> : null}
              {smoothing ? <td>{shortFigure(row.smoothed)}</td> : null}
              {deltas ? <td>{row.delta === null ? '–' : `${row.delta > 0 ? '+' : ''}${shortFigure(row.delta, 3)}`}</td> : null}
              <td>{xFigure(xKind, row.x)}</td>
              {locked ? (
                <td>
                  <Button icon="copy" size="small" variant="quiet" aria-label={`Copy the values of run ${row.curve.style.number}`} onClick={() => copy(row)} />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length ? <p className={styles['more']}>{rows.length - shown.length} more in the large view</p> : null}
      {docked || locked ? null : <p className={styles['more']}>Click holds these values</p>}
    </div>
  );
}
