import {
  MOMENT_COLUMNS,
  type MapViewInput,
  type MomentColumn,
  type PanelData,
  type RunId,
  type SeriesData,
  type SeriesInput,
  type XAxis,
} from '../../../contract/runs.ts';
import type { RunStore, SeriesPoints, StoredSeries } from '../store/runStore.ts';
import { decimate, lowerBound, type Curve } from './decimate.ts';
import { quantilesOf } from './quantiles.ts';
import { smooth } from './smoothing.ts';
import { SeriesCache } from './seriesCache.ts';
import { mapRange } from './mapRange.ts';
import { isWallTime, onAxis, type AxisPoints } from './xColumn.ts';

/** Delivered beside the view on either side, as a share of its width, so that panning has something to show. */
const MARGIN = 1;
const CLIP_SHARE = 0.01;

/** The columns that say where a point was logged, save the one that the axis shows anyway. */
function momentsOn(axis: XAxis): readonly MomentColumn[] {
  if (axis.kind === 'metric') return MOMENT_COLUMNS;
  return axis.kind === 'step' ? ['time'] : ['step'];
}

/** Builds what panels show, and keeps curves that are asked for again and again while a person pans and zooms. */
export class PanelBuilder {
  private readonly store: RunStore;
  private readonly cache = new SeriesCache();

  constructor(store: RunStore) {
    this.store = store;
  }

  /** Forgets everything, for when the store has changed. */
  invalidate(): void {
    this.cache.clear();
  }

  build(input: SeriesInput): PanelData {
    const log = input.xScale === 'log';
    const curves = input.runs.flatMap((run) => {
      const series = this.store.findSeries(run, input.metrics);
      if (series === null) return [];
      const curve = this.curve(series, input, log);
      return curve.x.length === 0 ? [] : [{ run, series, curve }];
    });
    if (curves.length === 0) return { series: [], domain: null, values: null, clip: null };
    const domain = [
      Math.min(...curves.map(({ curve }) => curve.x[0] as number)),
      Math.max(...curves.map(({ curve }) => curve.x.at(-1) as number)),
    ] as const;
    const view = input.view ?? domain;
    const parts = curves.map(({ curve }) => visiblePart(curve, view));
    const counts = parts.map(countsOf);
    const least = Math.min(...counts.map(({ min }) => min));
    const greatest = Math.max(...counts.map(({ max }) => max));
    return {
      series: curves.map(({ run, series, curve }, index) => ({
        run,
        metric: series.name,
        ...toColumns(curve, view, input),
        moments: momentsOn(input.x),
        startTime: wallStart(this.startTime(run)),
        visible: (parts[index] as Float64Array).length,
        nonFinite: (counts[index] as Counts).nonFinite,
        nonPositive: (counts[index] as Counts).nonPositive,
      })),
      domain,
      values: least > greatest ? null : [least, greatest],
      clip: input.clip ? clipOf(parts.map((values) => values.filter((value) => Number.isFinite(value)))) : null,
    };
  }

  /** Raw points on the axis, for export. */
  placed(series: StoredSeries, axis: XAxis): AxisPoints {
    const kind = JSON.stringify(axis);
    return this.cache.get(`${series.id} ${kind}`, () => {
      const points = this.store.points(series.id);
      const { x, y, step, time } = onAxis(points, axis, this.startTime(series.run), this.axisMetric(series.run, axis));
      const common = (name: string, column: Float64Array) => this.cache.shared(`${series.run} ${kind} ${name}`, column);
      // On an axis of steps both are one column.
      const steps = common('step', step);
      return { x: step === x ? steps : common('x', x), y, step: steps, time: common('time', time) };
    });
  }

  /** The same stretch of the runs on another axis, found by what was logged there; null where no run has a place on it. */
  mapView({ runs, from, to, view }: MapViewInput): readonly [number, number] | null {
    const all = this.store.series();
    const mapped = runs.flatMap((run) => {
      const own = all.filter((series) => series.run === run);
      // The metric logged most often tells most closely when each step was.
      const series = own.reduce<StoredSeries | null>((most, one) => (most === null || one.count > most.count ? one : most), null);
      if (series === null) return [];
      const points = this.store.points(series.id);
      const [before, after] = [from, to].map((axis) => onAxis(points, axis, this.startTime(run), this.axisMetric(run, axis)));
      const range = before === undefined || after === undefined ? null : mapRange(before, after, view);
      return range === null ? [] : [range];
    });
    if (mapped.length === 0) return null;
    const range = [Math.min(...mapped.map(([start]) => start)), Math.max(...mapped.map(([, end]) => end))] as const;
    return range[1] > range[0] ? range : null;
  }

  private curve(series: StoredSeries, input: SeriesInput, log: boolean): Curve {
    const placed = this.placed(series, input.x);
    // A logarithmic axis has no place for zero and less.
    const from = log ? lowerBound(placed.x, Number.MIN_VALUE) : 0;
    const [x, y] = [placed.x.subarray(from), placed.y.subarray(from)];
    const more = momentsOn(input.x).map((column) => placed[column].subarray(from));
    const key = `${series.id} ${JSON.stringify([input.x, input.smoothing, log])} smoothed`;
    const { smoothed } = this.cache.get(key, () => ({ smoothed: smooth(x, y, input.smoothing) }));
    return { x, y, smoothed, more };
  }

  private startTime(run: RunId): number | null {
    return this.cache.startTimes(() => this.store.series()).get(run) ?? null;
  }

  private axisMetric(run: RunId, axis: XAxis): SeriesPoints | null {
    if (axis.kind !== 'metric') return null;
    const series = this.store.findSeries(run, [axis.metric]);
    return series === null ? null : this.store.points(series.id);
  }
}

/** Times that count from a run's own start begin at 0. */
function wallStart(startTime: number | null): number | null {
  return startTime === null || isWallTime(startTime) ? startTime : 0;
}

/** The view with its margin on either side. */
function withMargin([from, to]: readonly [number, number], log: boolean): readonly [number, number] {
  if (log && from > 0) {
    const reach = (to / from) ** MARGIN;
    return [from / reach, to * reach];
  }
  const reach = (to - from) * MARGIN;
  return [from - reach, to + reach];
}

function toColumns(
  curve: Curve,
  view: readonly [number, number],
  { buckets, xScale }: SeriesInput,
): Pick<SeriesData, 'columns' | 'length' | 'exact' | 'perBucket'> {
  const log = xScale === 'log';
  const scale = log ? Math.log10 : (value: number) => value;
  const delivered = withMargin(view, log);
  const ends = [Math.max(delivered[0], curve.x[0] as number), Math.min(delivered[1], curve.x.at(-1) as number)] as const;
  const share = (scale(ends[1]) - scale(ends[0])) / (scale(view[1]) - scale(view[0]));
  const wanted = Math.max(16, Math.ceil(buckets * (Number.isFinite(share) ? share : 1)));
  const { columns, ...rest } = decimate(curve, ends, wanted, log);
  return { columns: Buffer.from(columns.buffer).toString('base64'), ...rest };
}

interface Counts {
  readonly min: number;
  readonly max: number;
  readonly nonFinite: number;
  readonly nonPositive: number;
}

function countsOf(values: Float64Array): Counts {
  let [min, max, nonFinite, nonPositive] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) nonFinite += 1;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (value <= 0) nonPositive += 1;
  }
  return { min, max, nonFinite, nonPositive };
}

function visiblePart({ x, y }: Curve, [from, to]: readonly [number, number]): Float64Array {
  let end = lowerBound(x, to);
  while (end < x.length && x[end] === to) end += 1;
  return y.subarray(lowerBound(x, from), end);
}

function clipOf(finite: readonly Float64Array[]): PanelData['clip'] {
  const all = new Float64Array(finite.reduce((sum, values) => sum + values.length, 0));
  let at = 0;
  for (const values of finite) {
    all.set(values, at);
    at += values.length;
  }
  if (all.length === 0) return null;
  const [low, high] = quantilesOf(all, [CLIP_SHARE, 1 - CLIP_SHARE]) as [number, number];
  return { low, high, beyond: all.reduce((count, value) => count + (value < low || value > high ? 1 : 0), 0) };
}
