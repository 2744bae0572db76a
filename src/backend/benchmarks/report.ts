/** One measured number, e.g. `{ name: 'steps per second, warm', value: 182_000, unit: '1/s' }`. */
export interface BenchmarkFigure {
  readonly name: string;
  readonly value: number;
  /** SI or plain unit: `1/s`, `ms`, `µs`, `bytes`, `ratio`. */
  readonly unit: string;
  /** What the number includes or leaves out, one sentence. */
  readonly note?: string;
}

/** How our figure compares with its peer's, both from the same run. */
export interface BenchmarkRatio {
  readonly name: string;
  /** Names of the two figures compared; `value` is ours divided by the peer's. */
  readonly ours: string;
  readonly peer: string;
  readonly value: number;
}

export interface BenchmarkTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells a row as there are columns; null prints as a dash. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** What each `bench` command prints, as text or with `--json` as it stands. */
export interface BenchmarkReport {
  readonly name: string;
  readonly figures: readonly BenchmarkFigure[];
  readonly ratio?: BenchmarkRatio;
  readonly table?: BenchmarkTable;
}
