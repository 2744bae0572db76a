/** A row as it stands in a file, and where the next one starts. */
export interface FileRow {
  /** The row's columns, or the reason why the row cannot be read. */
  readonly value: { readonly [column: string]: unknown } | string;
  /** Bytes from the start of the file for JSON lines, rows for Parquet. */
  readonly next: number;
}

/** The rows of one file from a position on, a batch at a time; ends with the file. */
export interface RowSource {
  /** Rows of the file; null when only reading it would tell. */
  readonly totalRows: number | null;
  /** The share of the file that lies before a position, 0..1. */
  progressAt(position: number): number;
  batches(from: number): AsyncGenerator<readonly FileRow[], void, undefined>;
  close(): Promise<void>;
}
