/** What the Parquet worker is asked. */
export type ToParquetWorker =
  | { readonly type: 'open'; readonly byteLength: number; readonly columns: readonly string[] }
  /** Rows `start` to `end`, exclusive, of one row group at most. */
  | { readonly type: 'read'; readonly start: number; readonly end: number }
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: ArrayBuffer };

/** What the Parquet worker asks and answers. */
export type FromParquetWorker =
  /** Asks for bytes of the file; the worker itself touches neither network nor disk. */
  | { readonly type: 'slice'; readonly id: number; readonly start: number; readonly end: number }
  | { readonly type: 'opened'; readonly groups: readonly number[] }
  | { readonly type: 'rows'; readonly columns: { readonly [name: string]: readonly unknown[] } }
  | { readonly type: 'failed'; readonly reason: ParquetFailure; readonly detail: string };

/** `schema`: a column is missing; `too_large`: a row group has to be read whole and does not fit; `corrupt`: anything else. */
export type ParquetFailure = 'schema' | 'too_large' | 'corrupt';

/** A row group without page index is decoded at once; more compressed bytes than this in the columns read are refused. */
export const MOST_GROUP_BYTES = 256 * 1024 * 1024;
