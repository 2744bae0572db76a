export const REPLAY_ERROR_CODES = ['NOT_FOUND', 'UNREADABLE', 'INVALID_STATE', 'STORE_UNAVAILABLE'] as const;
export type ReplayErrorCode = (typeof REPLAY_ERROR_CODES)[number];

/** A request about replays that cannot be carried out; `message` is one sentence for people. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;

  constructor(code: ReplayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
