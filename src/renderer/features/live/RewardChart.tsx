import { useEffect, useMemo, useState } from 'react';
import { EChart } from '../../charts/EChart.tsx';
import { rewardChartOption } from '../../charts/rewardChart.ts';
import { useChartColours } from '../../charts/useChartColours.ts';
import { signed } from '../../lib/format.ts';
import { Empty } from '../../widgets/Notice.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { LaneLine } from '../../widgets/LaneLine.tsx';
import { useLive, useLiveFeature } from './LiveContext.ts';
import type { LiveView } from './liveView.ts';
import styles from './RewardChart.module.css';

/** Redrawing a chart is the dearest thing on the page, and curves are read by their shape. */
const REDRAW_MS = 300;

/** The curves, at most every `REDRAW_MS`. */
function usePacedCurves(): LiveView['curves'] | null {
  const { store } = useLiveFeature();
  const [curves, setCurves] = useState(() => store.getState().view?.curves ?? null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const read = (): void => {
      timer = null;
      setCurves(store.getState().view?.curves ?? null);
    };
    const unsubscribe = store.subscribe((now, before) => {
      if (now.view?.curves !== before.view?.curves) timer ??= setTimeout(read, REDRAW_MS);
    });
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [store]);
  return curves;
}

/** The lanes show the hundredths; here large figures go without. */
function brief(reward: number): string {
  return signed(reward, Math.abs(reward) < 100 ? 2 : 0);
}

/** Cumulative reward of both lanes. */
export function RewardChart() {
  const curves = usePacedCurves();
  const colours = useChartColours();
  const option = useMemo(() => (curves === null ? null : rewardChartOption(curves, colours)), [curves, colours]);
  const baseline = useLive(({ view }) => brief(view?.totals.baseline.reward ?? 0));
  const trained = useLive(({ view }) => brief(view?.totals.trained.reward ?? 0));
  const empty = curves === null || (curves.baseline.length === 0 && curves.trained.length === 0);
  return (
    <Panel
      label="Cumulative reward"
      testId="reward-chart"
      title="Cumulative reward"
      actions={
        <p className={styles['legend']}>
          <span>
            <LaneLine lane="trained" /> Trained {trained}
          </span>
          <span>
            <LaneLine lane="baseline" /> Baseline {baseline}
          </span>
        </p>
      }
    >
      {empty || option === null ? (
        <Empty title="No steps yet">The curves of both lanes appear with the first message.</Empty>
      ) : (
        <EChart
          option={option}
          label={`Line chart of cumulative reward by steps played in the lane. Baseline ${baseline}, trained ${trained}.`}
        />
      )}
    </Panel>
  );
}
