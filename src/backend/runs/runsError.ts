/** A failure of the run library; `message` is one sentence for people. */
export class RunsError extends Error {
  override readonly name = 'RunsError';
  readonly code: RunsErrorCode;

  constructor(code: RunsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type RunsErrorCode = 'NOT_FOUND' | 'UNREADABLE' | 'INVALID_STATE';
