import type { RunLibrary } from '../runLibrary.ts';
import type { RunsErrorCode } from '../runsError.ts';

export interface RunsWorkerData {
  readonly dataDir: string;
  readonly shippedDir: string;
}

/** What may be asked of the worker. */
export type RunsMethods = Pick<
  RunLibrary,
  | 'list'
  | 'details'
  | 'import'
  | 'importUploaded'
  | 'importProgress'
  | 'importCancel'
  | 'follow'
  | 'remove'
  | 'series'
  | 'mapView'
  | 'export'
  | 'results'
  | 'close'
>;
export type RunsMethod = keyof RunsMethods;

export interface RunsRequest {
  readonly id: number;
  readonly method: RunsMethod;
  readonly args: readonly unknown[];
}

export type RunsReply =
  | { readonly id: number; readonly value: unknown }
  /** `code` is null for a failure that must not be shown. */
  | { readonly id: number; readonly code: RunsErrorCode | null; readonly message: string }
  | { readonly revision: number }
  | { readonly started: true };
