import type { RunId } from '../../../contract/runs.ts';
import type { StoredSeries } from '../store/runStore.ts';

const MOST_BYTES = 256 * 1024 * 1024;

type Columns = Readonly<Record<string, Float64Array>>;

/** Columns by key, the least recently used dropped first when they exceed 256 MiB together. */
export class SeriesCache {
  private readonly entries = new Map<string, Columns>();
  /** Columns that the series of a run have in common, for as long as one of them is kept. */
  private readonly common = new Map<string, WeakRef<Float64Array>>();
  /** How many entries hold each buffer: what several hold counts once. */
  private readonly holders = new Map<ArrayBufferLike, number>();
  private bytes = 0;
  private times: ReadonlyMap<RunId, number> | null = null;

  get<T extends Columns>(key: string, make: () => T): T {
    const known = this.entries.get(key) as T | undefined;
    this.entries.delete(key);
    const columns = known ?? make();
    this.entries.set(key, columns);
    if (known === undefined) this.hold(columns);
    for (const [oldest, dropped] of this.entries) {
      if (this.bytes <= MOST_BYTES || oldest === key) break;
      this.entries.delete(oldest);
      this.release(dropped);
    }
    return columns;
  }

  /**
   * The column itself, or the same one of another series: metrics logged together have the same steps and times.
   * @param name of the column and whose it is
   */
  shared(name: string, column: Float64Array): Float64Array {
    const known = this.common.get(name)?.deref();
    if (known !== undefined && isEqual(known, column)) return known;
    this.common.set(name, new WeakRef(column));
    return column;
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
    this.common.clear();
    this.holders.clear();
    this.bytes = 0;
    this.times = null;
  }

  private hold(columns: Columns): void {
    for (const buffer of buffersOf(columns)) {
      const holders = this.holders.get(buffer) ?? 0;
      this.holders.set(buffer, holders + 1);
      if (holders === 0) this.bytes += buffer.byteLength;
    }
  }

  private release(columns: Columns): void {
    for (const buffer of buffersOf(columns)) {
      const holders = (this.holders.get(buffer) ?? 1) - 1;
      if (holders > 0) this.holders.set(buffer, holders);
      else {
        this.holders.delete(buffer);
        this.bytes -= buffer.byteLength;
      }
    }
  }
}

function buffersOf(columns: Columns): ReadonlySet<ArrayBufferLike> {
  return new Set(Object.values(columns).map(({ buffer }) => buffer));
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (!Object.is(a[index], b[index])) return false;
  return true;
}
