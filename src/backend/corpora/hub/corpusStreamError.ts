import type { CorpusProblemCode } from '../../../contract/corpora.ts';

/** A streamed corpus cannot go on; `message` is one sentence that says what to do. */
export class CorpusStreamError extends Error {
  override readonly name = 'CorpusStreamError';
  readonly code: CorpusProblemCode;

  constructor(code: CorpusProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws CorpusStreamError cancelled, with the signal's reason as its cause */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new CorpusStreamError('cancelled', 'The stream was stopped; start it again to go on from the same row.', { cause: signal.reason });
}

/** Turns a failure of the file system into one of the disk codes. */
export function diskError(cause: unknown, folder: string): CorpusStreamError {
  const code = errnoOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new CorpusStreamError('disk_full', `The disk is full: make room or clear the cache in ${folder}, then start again.`, { cause });
  }
  return new CorpusStreamError(
    'disk_failed',
    `The cache folder ${folder} cannot be used (${code ?? 'unknown reason'}): check that this account may write to it.`,
    { cause },
  );
}

export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
