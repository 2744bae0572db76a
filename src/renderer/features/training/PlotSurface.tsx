import { useEffect, useRef, type KeyboardEvent, type PointerEvent as ReactPointerEvent } from 'react';
import { isUsable, panned, shareOf, valueAt, zoomed, type Range } from '../../charts/axisRange.ts';
import { clearCrosshair, crosshair, leaveCrosshair, pointAt } from '../../charts/crosshair.ts';
import { PLOT_MARGIN } from '../../charts/curveChart.ts';
import type { AxisRange } from '../../charts/curveChartInput.ts';
import type { ScaleKind } from '../../charts/scale.ts';
import { endPan, panTo, resetZoom, training, withYView, zoomBack, zoomTo, type Zoom } from './trainingStore.ts';
import type { PlotSize } from './usePlot.ts';
import styles from './ChartPanel.module.css';

interface PlotSurfaceProps {
  readonly panelId: string;
  /** As the panel's part of the y axis is kept. */
  readonly yKey: string;
  readonly label: string;
  readonly size: PlotSize;
  /** What is in view at the moment of the call. */
  readonly shown: () => Range;
  readonly scale: ScaleKind;
  readonly y: AxisRange;
  /** Places that the arrow keys step over, ascending. */
  readonly stops: Float64Array | null;
}

/** A drag shorter than this is a click. */
const CLICK_PIXELS = 4;
/** A drag that strays less than this from a straight line zooms along it alone. */
const STRAIGHT_PIXELS = 24;
const KEY_PAN = 0.2;
const ZOOM_STEP = 0.7;

interface Point {
  /** Shares of the plot's width from the left and of its height from the bottom. */
  readonly x: number;
  readonly y: number;
}

interface Drag {
  readonly mode: 'zoom' | 'pan';
  readonly start: Point;
  readonly range: Range;
  readonly y: Range;
  readonly before: Zoom;
}

/** Which axes a drag from one point to another zooms. */
function zoomedAxes(from: Point, to: Point, { width, height }: PlotSize): { readonly x: boolean; readonly y: boolean } | null {
  const [across, up] = [Math.abs(to.x - from.x) * width, Math.abs(to.y - from.y) * height];
  if (Math.max(across, up) < CLICK_PIXELS) return null;
  const y = up >= STRAIGHT_PIXELS;
  return { x: across >= STRAIGHT_PIXELS || !y, y };
}

/**
 * Lies over a plot and takes pointer and keys: crosshair, zoom by dragging across, up or both ways, pan with Shift, wheel with Ctrl
 * for x and Alt for y.
 */
export function PlotSurface({ panelId, yKey, label, size, shown, scale, y, stops }: PlotSurfaceProps) {
  const surface = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const yRange: Range = [y.from, y.to];
  const latest = useRef({ shown, scale, size, y, yKey });
  useEffect(() => {
    latest.current = { shown, scale, size, y, yKey };
  }, [shown, scale, size, y, yKey]);

  useEffect(() => {
    const draw = (): void => {
      const { x } = crosshair.getState();
      const share = x === null ? Number.NaN : shareOf(shown(), scale, x);
      const element = line.current;
      if (element === null) return;
      const visible = share >= 0 && share <= 1;
      element.hidden = !visible;
      if (visible) element.style.transform = `translateX(${share * size.width}px)`;
    };
    draw();
    const unsubscribe = [
      crosshair.subscribe(draw),
      training.subscribe((state, before) => {
        if (state.view !== before.view && crosshair.getState().x !== null) draw();
      }),
    ];
    return () => unsubscribe.forEach((stop) => stop());
  }, [shown, scale, size]);

  // React's wheel listeners are passive and cannot keep the page from scrolling.
  useEffect(() => {
    const element = surface.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      const now = latest.current;
      const zooming = event.ctrlKey || event.metaKey || event.altKey;
      if (!zooming && Math.abs(event.deltaX) <= Math.abs(event.deltaY) && !event.shiftKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const factor = event.deltaY > 0 ? 1 / ZOOM_STEP : ZOOM_STEP;
      if (event.altKey) {
        const next = zoomed([now.y.from, now.y.to], now.y.scale, factor, 1 - (event.clientY - top) / now.size.height);
        if (isUsable(next, now.y.scale)) panTo({ yViews: withYView(training.getState().yViews, now.yKey, next) });
        return;
      }
      const range = now.shown();
      const next = zooming
        ? zoomed(range, now.scale, factor, (event.clientX - left) / now.size.width)
        : panned(range, now.scale, (event.deltaX || event.deltaY) / now.size.width);
      if (isUsable(next, now.scale)) panTo({ view: next });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);

  const pointOf = (event: ReactPointerEvent): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: (event.clientX - left) / size.width, y: 1 - (event.clientY - top) / size.height };
  };
  const within = ({ x, y: up }: Point): Point => ({ x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, up)) });
  const onPointerDown = (event: ReactPointerEvent<HTMLDivElement>): void => {
    if (event.button > 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { view, yViews } = training.getState();
    drag.current = {
      mode: event.shiftKey || event.button === 1 ? 'pan' : 'zoom',
      start: pointOf(event),
      range: shown(),
      y: yRange,
      before: { view, yViews },
    };
  };
  const pan = (dragged: Drag, to: Point): void => {
    const next = panned(dragged.range, scale, dragged.start.x - to.x);
    if (training.getState().dragged === null) training.setState({ dragged: panelId });
    // The y axis follows the curves unless a person has chosen a part of it.
    const up = dragged.before.yViews[yKey] === undefined ? null : panned(dragged.y, y.scale, dragged.start.y - to.y);
    const { yViews } = training.getState();
    panTo({
      ...(isUsable(next, scale) ? { view: next } : {}),
      ...(up !== null && isUsable(up, y.scale) ? { yViews: withYView(yViews, yKey, up) } : {}),
    });
  };
  const select = (dragged: Drag, to: Point): void => {
    if (box.current === null) return;
    const axes = zoomedAxes(dragged.start, to, size);
    box.current.hidden = axes === null;
    if (axes === null) return;
    const [left, right] = axes.x ? [Math.min(to.x, dragged.start.x), Math.max(to.x, dragged.start.x)] : [0, 1];
    const [low, high] = axes.y ? [Math.min(to.y, dragged.start.y), Math.max(to.y, dragged.start.y)] : [0, 1];
    box.current.style.transform = `translate(${left * size.width}px, ${(1 - high) * size.height}px)`;
    box.current.style.width = `${(right - left) * size.width}px`;
    box.current.style.height = `${(high - low) * size.height}px`;
  };
  const onPointerMove = (event: ReactPointerEvent<HTMLDivElement>): void => {
    const dragged = drag.current;
    if (dragged?.mode === 'pan') {
      pan(dragged, pointOf(event));
      return;
    }
    const point = within(pointOf(event));
    pointAt(panelId, valueAt(shown(), scale, point.x));
    if (dragged !== null) select(dragged, point);
  };
  const onPointerUp = (event: ReactPointerEvent<HTMLDivElement>): void => {
    const dragged = drag.current;
    drag.current = null;
    if (box.current !== null) box.current.hidden = true;
    if (dragged === null) return;
    if (dragged.mode === 'pan') {
      endPan(dragged.before);
      return;
    }
    const [from, to] = [within(dragged.start), within(pointOf(event))];
    const axes = zoomedAxes(from, to, size);
    if (axes === null) {
      crosshair.setState({ x: valueAt(shown(), scale, to.x), source: panelId, locked: !crosshair.getState().locked });
      return;
    }
    const across: Range = [valueAt(shown(), scale, Math.min(from.x, to.x)), valueAt(shown(), scale, Math.max(from.x, to.x))];
    const up: Range = [valueAt(yRange, y.scale, Math.min(from.y, to.y)), valueAt(yRange, y.scale, Math.max(from.y, to.y))];
    if ((axes.x && !isUsable(across, scale)) || (axes.y && !isUsable(up, y.scale))) return;
    zoomTo({
      ...(axes.x ? { view: across } : {}),
      ...(axes.y ? { yViews: withYView(training.getState().yViews, yKey, up) } : {}),
    });
  };

  const step = (direction: 1 | -1): void => {
    if (stops === null || stops.length === 0) return;
    const range = shown();
    const at = crosshair.getState().x ?? (direction === 1 ? range[0] : range[1]);
    const next = direction === 1 ? stops.find((stop) => stop > at) : stops.findLast((stop) => stop < at);
    if (next === undefined) return;
    crosshair.setState({ x: next, source: panelId });
    if (next < range[0] || next > range[1]) panTo({ view: panned(range, scale, direction * KEY_PAN) });
  };
  const across = (change: (range: Range) => Range): void => {
    const next = change(shown());
    if (isUsable(next, scale)) zoomTo({ view: next });
  };
  const up = (change: (range: Range) => Range): void => {
    const next = change(yRange);
    if (isUsable(next, y.scale)) zoomTo({ yViews: withYView(training.getState().yViews, yKey, next) });
  };
  const keys: { readonly [key: string]: () => void } = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    'Shift+ArrowRight': () => across((range) => panned(range, scale, KEY_PAN)),
    'Shift+ArrowLeft': () => across((range) => panned(range, scale, -KEY_PAN)),
    'Shift+ArrowUp': () => up((range) => panned(range, y.scale, KEY_PAN)),
    'Shift+ArrowDown': () => up((range) => panned(range, y.scale, -KEY_PAN)),
    '+': () => across((range) => zoomed(range, scale, ZOOM_STEP, 0.5)),
    '-': () => across((range) => zoomed(range, scale, 1 / ZOOM_STEP, 0.5)),
    PageUp: () => up((range) => zoomed(range, y.scale, ZOOM_STEP, 0.5)),
    PageDown: () => up((range) => zoomed(range, y.scale, 1 / ZOOM_STEP, 0.5)),
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
      aria-label={`${label}. Arrow keys move the crosshair, Shift and arrow keys pan, plus and minus zoom, Page Up and Page Down zoom the y axis, Backspace goes back, Home shows all, Enter holds the values.`}
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
