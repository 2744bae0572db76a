import type { DecodedPanel } from '../../charts/curveData.ts';
import { count } from '../../lib/format.ts';
import type { PanelSpec } from './panels.ts';
import { training, useTraining, withYView, zoomTo, type TrainingState } from './trainingStore.ts';
import styles from './ChartPanel.module.css';

const SMOOTHING_NAMES: { readonly [K in TrainingState['smoothing']['kind']]: string } = {
  twema: 'TWEMA',
  ema: 'EMA',
  gaussian: 'Gaussian',
  mean: 'Mean',
};

/** What was done to the data on its way to the picture, and a way back from a part of the y axis. */
export function PanelChips({ panel, data }: { readonly panel: PanelSpec; readonly data: DecodedPanel | null }) {
  const smoothing = useTraining((state) => state.smoothing);
  const clip = useTraining((state) => state.clip);
  const yLog = useTraining((state) => state.yScale === 'log');
  const yZoomed = useTraining((state) => state.yViews[panel.id] !== undefined);
  if (data === null || data.curves.length === 0) return null;
  const perBucket = Math.max(...data.curves.map((curve) => curve.perBucket));
  const chips: [text: string, title: string][] = [];
  if (perBucket > 1) chips.push([`1:${count(perBucket)}`, `Up to ${count(perBucket)} points share one column; its least and greatest values are drawn`]);
  if (smoothing.amount > 0) chips.push([`${SMOOTHING_NAMES[smoothing.kind]} ${smoothing.amount.toFixed(2)}`, 'The lines are smoothed']);
  if (clip && data.clip !== null && data.clip.beyond > 0) {
    chips.push([`${count(data.clip.beyond)} clipped`, 'Points beyond the 1st and 99th percentile lie outside the picture; none is deleted']);
  }
  if (yLog && data.nonPositive > 0) {
    chips.push([`${count(data.nonPositive)} ≤ 0 hidden`, 'A logarithmic axis has no place for zero and less; the symlog axis has']);
  }
  if (data.nonFinite > 0) chips.push([`${count(data.nonFinite)} not finite`, 'NaN and infinite values are gaps']);
  return (
    <span className={styles['chips']}>
      {yZoomed ? (
        <button
          type="button"
          title="Shows all of the y axis again"
          data-testid="fit-y"
          onClick={() => zoomTo({ yViews: withYView(training.getState().yViews, panel.id, null) })}
        >
          Fit y
        </button>
      ) : null}
      {chips.map(([text, title]) => (
        <span key={text} title={title}>
          {text}
        </span>
      ))}
    </span>
  );
}
