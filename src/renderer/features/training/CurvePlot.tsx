import { useLayoutEffect, useMemo, useRef } from 'react';
import { PLOT_MARGIN, endPlaces, xLabels, yLabels } from '../../charts/curveChart.ts';
import { EChart } from '../../charts/EChart.tsx';
import { sheetPlace, sheetWidth } from '../../charts/sheet.ts';
import { training } from './trainingStore.ts';
import { shownRange } from './useDrawnRange.ts';
import type { PanelAnswer } from './usePanelData.ts';
import type { PanelChart } from './usePanelChart.ts';
import type { PlotSize } from './usePlot.ts';
import styles from './CurvePlot.module.css';

/** Beyond the plot's left edge a figure of the x axis may reach so far. */
const LABEL_REACH = 30;

interface CurvePlotProps {
  readonly chart: PanelChart;
  readonly answer: PanelAnswer;
  readonly size: PlotSize;
  readonly label: string;
}

/**
 * The curves of a panel as a sheet behind a window. While the view moves, sheet and x axis are shifted without React and without
 * drawing anything; while it zooms they are stretched until they have been drawn anew.
 */
export function CurvePlot({ chart, answer, size, label }: CurvePlotProps) {
  const plot = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const { input, range } = chart;
  useLayoutEffect(() => {
    const place = (): void => {
      const { shift, stretch } = sheetPlace(range, shownRange(answer), answer.xScale, size.width);
      const transform = `translateX(${shift}px)${stretch === 1 ? '' : ` scaleX(${stretch})`}`;
      const atRest = sheetPlace(range, range, answer.xScale, size.width);
      if (sheet.current !== null) sheet.current.style.transform = transform;
      if (axis.current !== null) axis.current.style.transform = transform;
      if (plot.current !== null) plot.current.dataset['moved'] = String(Math.abs(shift - atRest.shift) > 0.5 || stretch !== 1);
    };
    place();
    return training.subscribe((state, before) => {
      if (state.view !== before.view || state.x !== before.x) place();
    });
  }, [range, answer, size.width]);
  const wide = sheetWidth(size.width);
  const ends = useMemo(() => endPlaces(input, { x: 0, y: 0, width: size.width, height: size.height }), [input, size]);
  return (
    <div ref={plot} className={styles['plot']} data-testid="curve-plot">
      <div className={styles['window']} style={{ left: PLOT_MARGIN.left, top: PLOT_MARGIN.top, width: size.width, height: size.height }}>
        <div ref={sheet} className={styles['sheet']} style={{ width: wide }}>
          <EChart option={chart.sheet} label={label} atOnce />
        </div>
      </div>
      <div
        className={styles['xAxis']}
        style={{ left: PLOT_MARGIN.left - LABEL_REACH, top: PLOT_MARGIN.top + size.height, width: LABEL_REACH + size.width + PLOT_MARGIN.right }}
        aria-hidden="true"
      >
        <div ref={axis} className={styles['sheet']} style={{ left: LABEL_REACH, width: wide }}>
          {xLabels(input).map(({ text, share }) => (
            <span key={share} style={{ left: share * wide }}>
              {text}
            </span>
          ))}
        </div>
      </div>
      <div className={styles['yAxis']} style={{ top: PLOT_MARGIN.top, width: PLOT_MARGIN.left - 6, height: size.height }} aria-hidden="true">
        {yLabels(input.y).map(({ text, share }) => (
          <span key={share} style={{ top: (1 - share) * size.height }}>
            {text}
          </span>
        ))}
      </div>
      <div className={styles['ends']} style={{ left: PLOT_MARGIN.left, top: PLOT_MARGIN.top }} aria-hidden="true">
        {ends.map(({ style, x, y }) => (
          <span key={style.number} style={{ color: style.colour, left: x + 4, top: y }}>
            {style.number}
          </span>
        ))}
      </div>
    </div>
  );
}
