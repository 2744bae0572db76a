import type { RunId } from '../../../contract/runs.ts';
import type { StoredSeries } from '../store/runStore.ts';

const MOST_BYTES = 256 * 1024 * 1024;

type Columns = Readonly<Record<string, Float64Array>>;

/** Columns by key, the least recently used dropped first when they exceed 256 MiB together. */
export class SeriesCache {
  private readonly entries = new Map<string, Columns>();
  private bytes = 0;
  private times: ReadonlyMap<RunId, number> | null = null;

  get<T extends Columns>(key: string, make: () => T): T {
    const known = this.entries.get(key) as T | undefined;
    this.entries.delete(key);
    const columns = known ?? make();
    this.entries.set(key, columns);
    if (known === undefined) this.bytes += bytesOf(columns);
    for (const [oldest, dropped] of this.entries) {
      if (this.bytes <= MOST_BYTES || oldest === key) break;
      this.entries.delete(oldest);
      this.bytes -= bytesOf(dropped);
    }
    return columns;
  }

  /** First time of each run over all of its series, milliseconds. */
  startTimes(series: () => readonly StoredSeries[]): ReadonlyMap<RunId, number> {
    if (this.times !== null) return this.times;
    const times = new Map<RunId, number>();
    for (const { run, firstTime } of series()) {
      if (firstTime !== null) times.set(run, Math.min(firstTime, times.get(run) ?? Number.POSITIVE_INFINITY));
    }
    return (this.times = times);
  }

  clear(): void {
    this.entries.clear();
    this.bytes = 0;
    this.times = null;
  }
}

function bytesOf(columns: Columns): number {
  return Object.values(columns).reduce((sum, { byteLength }) => sum + byteLength, 0);
}
