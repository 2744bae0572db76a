export const REVIEW_ERROR_CODES = ['INVALID_STATE', 'NOT_FOUND', 'STORE_UNAVAILABLE'] as const;
export type ReviewErrorCode = (typeof REVIEW_ERROR_CODES)[number];

/** A request that the queue refuses; `message` is one sentence for people. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';
  readonly code: ReviewErrorCode;

  constructor(code: ReviewErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
