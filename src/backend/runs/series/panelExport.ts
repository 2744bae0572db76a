import type { PanelExportInput, PanelExportPage, XAxis } from '../../../contract/runs.ts';
import type { StoredRun, StoredSeries } from '../store/runStore.ts';
import { lowerBound } from './decimate.ts';
import { isWallTime, type AxisPoints } from './xColumn.ts';

const PAGE_ROWS = 20_000;
const X_HEADINGS: { readonly [K in XAxis['kind']]: string } = {
  step: 'step',
  relative: 'seconds since start',
  time: 'time (UTC)',
  metric: 'x',
};

/** A series to export and its raw points on the axis. */
export interface ExportedSeries extends AxisPoints {
  readonly run: StoredRun;
  readonly series: StoredSeries;
}

/** Rows of one series that a page holds. */
interface Slice {
  /** Of the series among those exported. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

type Request = Pick<PanelExportInput, 'format' | 'title' | 'x' | 'view' | 'cursor'>;

/** One page of raw points, run after run: never smoothed, never decimated. */
export function exportPage(exported: readonly ExportedSeries[], request: Request): PanelExportPage {
  const { slices, next } = pageSlices(exported, request);
  const text = request.format === 'csv' ? csvText(exported, slices, request) : jsonText(exported, slices, request, next);
  return { text, next };
}

function pageSlices(
  exported: readonly ExportedSeries[],
  { view, cursor }: Request,
): { readonly slices: Slice[]; readonly next: number | null } {
  const slices: Slice[] = [];
  let skip = cursor;
  let free = PAGE_ROWS;
  for (const [index, { x }] of exported.entries()) {
    const first = view === null ? 0 : lowerBound(x, view[0]);
    let end = view === null ? x.length : lowerBound(x, view[1]);
    while (view !== null && end < x.length && x[end] === view[1]) end += 1;
    const from = Math.min(end, first + skip);
    skip -= from - first;
    if (from === end) continue;
    if (free === 0) return { slices, next: cursor + PAGE_ROWS };
    const to = Math.min(end, from + free);
    slices.push({ index, from, to });
    free -= to - from;
    if (to < end) return { slices, next: cursor + PAGE_ROWS };
  }
  return { slices, next: null };
}

function csvText(exported: readonly ExportedSeries[], slices: readonly Slice[], { x: axis, cursor }: Request): string {
  const heading = ['run', 'run id', 'metric', axis.kind === 'metric' ? axis.metric : X_HEADINGS[axis.kind], 'value'];
  const lines = cursor === 0 ? [heading.map(csvCell).join(',')] : [];
  for (const { index, from, to } of slices) {
    const { run, series, x, y } = exported[index] as ExportedSeries;
    const head = `${csvCell(run.name)},${run.id},${csvCell(series.name)}`;
    for (let row = from; row < to; row += 1) lines.push(`${head},${csvX(x[row] as number, axis)},${y[row] as number}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function csvX(x: number, axis: XAxis): string {
  return axis.kind === 'time' ? new Date(x).toISOString() : String(x);
}

/** A cell that no spreadsheet takes for a formula, quoted where it has to be. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The pages joined are one document: `{title, x, view, runs: [{id, name, metric}], columns: [...], rows: [[run, step, time, x,
 * value], ...]}`. `run` is an index into `runs`, `time` is ISO 8601 or seconds since the run's start, and what is not finite is
 * the string of its name.
 */
function jsonText(
  exported: readonly ExportedSeries[],
  slices: readonly Slice[],
  { title, x, view, cursor }: Request,
  next: number | null,
): string {
  const rows: string[] = [];
  for (const { index, from, to } of slices) {
    const { x: places, y, step, time } = exported[index] as ExportedSeries;
    for (let row = from; row < to; row += 1) {
      const cells = [
        index,
        jsonNumber(step[row] as number),
        jsonTime(time[row] as number),
        jsonNumber(places[row] as number),
        jsonNumber(y[row] as number),
      ];
      rows.push(`[${cells.join(',')}]`);
    }
  }
  const head = {
    title,
    x,
    view,
    runs: exported.map(({ run, series }) => ({ id: run.id, name: run.name, metric: series.name })),
    columns: ['run', 'step', 'time', 'x', 'value'],
  };
  const start = cursor === 0 ? `${JSON.stringify(head).slice(0, -1)},"rows":[\n` : rows.length === 0 ? '' : ',\n';
  return `${start}${rows.join(',\n')}${next === null ? '\n]}\n' : ''}`;
}

function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

function jsonTime(time: number): string {
  if (Number.isNaN(time)) return 'null';
  return isWallTime(time) ? `"${new Date(time).toISOString()}"` : String(time / 1_000);
}
