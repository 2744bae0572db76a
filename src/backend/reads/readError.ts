export const READ_ERROR_CODES = ['NOT_FOUND', 'INVALID_STATE', 'STORE_UNAVAILABLE'] as const;
export type ReadErrorCode = (typeof READ_ERROR_CODES)[number];

/** A question to the store without an answer; `message` is one sentence for people. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
  readonly code: ReadErrorCode;

  constructor(code: ReadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
