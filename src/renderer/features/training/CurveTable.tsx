import type { XAxis } from '../../../contract/runs.ts';
import type { ChartCurve } from '../../charts/curveChartInput.ts';
import { shortFigure, xFigure } from '../../charts/figures.ts';
import { HostileText } from '../../widgets/HostileText.tsx';
import styles from './CurveTable.module.css';

const MOST_ROWS = 400;

/** The curves of a panel as figures: every point, or the last value of every bucket. */
export function CurveTable({ curves, xKind, xName }: { readonly curves: readonly ChartCurve[]; readonly xKind: XAxis['kind']; readonly xName: string }) {
  const rows = curves.flatMap((curve) => Array.from(curve.x, (x, index) => ({ curve, x, index }))).sort((a, b) => a.x - b.x);
  return (
    <div className={styles['scroll']} tabIndex={0} role="group" aria-label="Values of the chart">
      <table>
        <thead>
          <tr>
            <th scope="col">{xName}</th>
            <th scope="col">Run</th>
            <th scope="col">Value</th>
            <th scope="col">Smoothed</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map(({ curve, x, index }) => (
            <tr key={`${curve.run} ${index}`}>
              <td>{xFigure(xKind, x)}</td>
              <td>
                <HostileText text={curve.name} />
              </td>
              <td>{shortFigure(curve.y[index] as number)}</td>
              <td>{shortFigure(curve.smoothed[index] as number)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST_ROWS ? <p>The first {MOST_ROWS} of {rows.length} rows; zoom in, or export them all as CSV.</p> : null}
    </div>
  );
}
