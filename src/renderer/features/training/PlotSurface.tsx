import { useEffect, useRef, type KeyboardEvent, type PointerEvent as ReactPointerEvent } from 'react';
import { clearCrosshair, crosshair, leaveCrosshair, pointAt } from '../../charts/crosshair.ts';
import { PLOT_MARGIN } from '../../charts/curveChart.ts';
import type { ScaleKind } from '../../charts/scale.ts';
import { panTo, resetZoom, training, zoomBack, zoomTo } from './trainingStore.ts';
import type { PlotSize } from './usePlot.ts';
import { isUsable, panned, shareOf, valueAt, zoomed, type Range } from './xRange.ts';
import styles from './ChartPanel.module.css';

interface PlotSurfaceProps {
  readonly panelId: string;
  readonly label: string;
  readonly size: PlotSize;
  readonly range: Range;
  readonly scale: ScaleKind;
  /** Places that the arrow keys step over, ascending. */
  readonly stops: Float64Array | null;
}

/** A drag shorter than this is a click. */
const CLICK_PIXELS = 4;
const KEY_PAN = 0.2;
const ZOOM_STEP = 0.7;

/** Lies over a plot and takes pointer and keys: crosshair, zoom by dragging, pan with Shift, wheel with Ctrl. */
export function PlotSurface({ panelId, label, size, range, scale, stops }: PlotSurfaceProps) {
  const surface = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<{ readonly mode: 'zoom' | 'pan'; readonly start: number; readonly range: Range; readonly before: Range | null } | null>(null);
  const current = useRef({ range, scale, size });
  useEffect(() => {
    current.current = { range, scale, size };
  }, [range, scale, size]);

  useEffect(() => {
    const draw = (): void => {
      const { x } = crosshair.getState();
      const share = x === null ? Number.NaN : shareOf(range, scale, x);
      const element = line.current;
      if (element === null) return;
      const shown = share >= 0 && share <= 1;
      element.hidden = !shown;
      if (shown) element.style.transform = `translateX(${share * size.width}px)`;
    };
    draw();
    return crosshair.subscribe(draw);
  }, [range, scale, size]);

  // React's wheel listeners are passive and cannot keep the page from scrolling.
  useEffect(() => {
    const element = surface.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      const { range: now, scale: kind, size: plot } = current.current;
      const zooming = event.ctrlKey || event.metaKey || event.altKey;
      if (!zooming && Math.abs(event.deltaX) <= Math.abs(event.deltaY) && !event.shiftKey) return;
      event.preventDefault();
      const share = (event.clientX - element.getBoundingClientRect().left) / plot.width;
      const next = zooming
        ? zoomed(now, kind, event.deltaY > 0 ? 1 / ZOOM_STEP : ZOOM_STEP, share)
        : panned(now, kind, (event.deltaX || event.deltaY) / plot.width);
      if (isUsable(next, kind)) panTo(next);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);

  const shareAt = (event: ReactPointerEvent): number => {
    const { left } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / size.width));
  };
  const onPointerDown = (event: ReactPointerEvent<HTMLDivElement>): void => {
    if (event.button > 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = {
      mode: event.shiftKey || event.button === 1 ? 'pan' : 'zoom',
      start: (event.clientX - event.currentTarget.getBoundingClientRect().left) / size.width,
      range,
      before: training.getState().view,
    };
  };
  const onPointerMove = (event: ReactPointerEvent<HTMLDivElement>): void => {
    const share = shareAt(event);
    const dragged = drag.current;
    if (dragged?.mode === 'pan') {
      const moved = (event.clientX - event.currentTarget.getBoundingClientRect().left) / size.width - dragged.start;
      const next = panned(dragged.range, scale, -moved);
      if (training.getState().dragged === null) training.setState({ dragged: panelId });
      if (isUsable(next, scale)) panTo(next);
      return;
    }
    pointAt(panelId, valueAt(range, scale, share));
    if (dragged === null || box.current === null) return;
    const [from, to] = [Math.min(share, dragged.start) * size.width, Math.max(share, dragged.start) * size.width];
    box.current.hidden = to - from < CLICK_PIXELS;
    box.current.style.transform = `translateX(${from}px)`;
    box.current.style.width = `${to - from}px`;
  };
  const onPointerUp = (event: ReactPointerEvent<HTMLDivElement>): void => {
    const dragged = drag.current;
    drag.current = null;
    if (box.current !== null) box.current.hidden = true;
    if (dragged === null) return;
    if (dragged.mode === 'pan') {
      // The whole drag is one step of the history.
      const { view } = training.getState();
      training.setState({ dragged: null });
      panTo(dragged.before);
      zoomTo(view);
      return;
    }
    const share = shareAt(event);
    if (Math.abs(share - dragged.start) * size.width < CLICK_PIXELS) {
      crosshair.setState({ x: valueAt(range, scale, share), source: panelId, locked: !crosshair.getState().locked });
      return;
    }
    const next: Range = [valueAt(range, scale, Math.min(share, dragged.start)), valueAt(range, scale, Math.max(share, dragged.start))];
    if (isUsable(next, scale)) zoomTo(next);
  };

  const step = (direction: 1 | -1): void => {
    if (stops === null || stops.length === 0) return;
    const at = crosshair.getState().x ?? (direction === 1 ? range[0] : range[1]);
    const next = direction === 1 ? stops.find((stop) => stop > at) : stops.findLast((stop) => stop < at);
    if (next === undefined) return;
    crosshair.setState({ x: next, source: panelId });
    if (next < range[0] || next > range[1]) panTo(panned(range, scale, direction * KEY_PAN));
  };
  const keys: { readonly [key: string]: () => void } = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    'Shift+ArrowRight': () => zoomTo(panned(range, scale, KEY_PAN)),
    'Shift+ArrowLeft': () => zoomTo(panned(range, scale, -KEY_PAN)),
    '+': () => zoomTo(zoomed(range, scale, ZOOM_STEP, 0.5)),
    '-': () => zoomTo(zoomed(range, scale, 1 / ZOOM_STEP, 0.5)),
    Backspace: zoomBack,
    Home: resetZoom,
    Enter: () => crosshair.setState(({ x, locked }) => ({ x, source: panelId, locked: x !== null && !locked })),
    Escape: clearCrosshair,
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = event.key.startsWith('Arrow');
    const action = keys[arrow && event.shiftKey ? `Shift+${event.key}` : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  return (
    <div
      ref={surface}
      className={styles['surface']}
      style={{ left: PLOT_MARGIN.left, top: PLOT_MARGIN.top, width: size.width, height: size.height }}
      role="group"
      tabIndex={0}
      aria-label={`${label}. Arrow keys move the crosshair, Shift and arrow keys pan, plus and minus zoom, Backspace goes back, Home shows all, Enter holds the values.`}
      data-testid="plot-surface"
      onMouseDown={(event) => {
        // A press with Shift would select the text of the page, and the next drag would carry that text off.
        event.preventDefault();
        event.currentTarget.focus({ preventScroll: true });
      }}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        drag.current = null;
        training.setState({ dragged: null });
      }}
      onPointerLeave={() => {
        if (drag.current === null) leaveCrosshair();
      }}
      onDoubleClick={() => {
        clearCrosshair();
        resetZoom();
      }}
      onKeyDown={onKeyDown}
    >
      <div ref={line} className={styles['crosshair']} hidden />
      <div ref={box} className={styles['selection']} hidden />
    </div>
  );
}
