import type { CsvInput, CsvPage, XAxis } from '../../../contract/runs.ts';
import type { StoredRun, StoredSeries } from '../store/runStore.ts';
import { lowerBound } from './decimate.ts';

const PAGE_ROWS = 20_000;
const X_HEADINGS: { readonly [K in XAxis['kind']]: string } = {
  step: 'step',
  relative: 'seconds since start',
  time: 'time (UTC)',
  metric: 'x',
};

/** A series to export and its raw points on the axis. */
export interface ExportedSeries {
  readonly run: StoredRun;
  readonly series: StoredSeries;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** One page of raw points, one a line, run after run: never smoothed, never decimated. */
export function csvPage(exported: readonly ExportedSeries[], { x: axis, view, cursor }: Pick<CsvInput, 'x' | 'view' | 'cursor'>): CsvPage {
  const lines =
    cursor === 0
      ? [['run', 'run id', 'metric', axis.kind === 'metric' ? axis.metric : X_HEADINGS[axis.kind], 'value'].map(csvCell).join(',')]
      : [];
  let skip = cursor;
  let taken = 0;
  for (const { run, series, x, y } of exported) {
    const from = view === null ? 0 : lowerBound(x, view[0]);
    let to = view === null ? x.length : lowerBound(x, view[1]);
    while (to < x.length && view !== null && x[to] === view[1]) to += 1;
    const rows = to - from;
    if (skip >= rows) {
      skip -= rows;
      continue;
    }
    const head = `${csvCell(run.name)},${run.id},${csvCell(series.name)}`;
    for (let index = from + skip; index < to; index += 1) {
      if (taken === PAGE_ROWS) return { text: `${lines.join('\n')}\n`, next: cursor + taken };
      lines.push(`${head},${xCell(x[index] as number, axis)},${y[index] as number}`);
      taken += 1;
    }
    skip = 0;
  }
  return { text: lines.length === 0 ? '' : `${lines.join('\n')}\n`, next: null };
}

function xCell(x: number, axis: XAxis): string {
  return axis.kind === 'time' ? new Date(x).toISOString() : String(x);
}

/** A cell that no spreadsheet takes for a formula, quoted where it has to be. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
