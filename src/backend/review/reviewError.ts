/** A request that the queue refuses; `message` is one sentence for people. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';
  readonly code: 'INVALID_STATE' | 'NOT_FOUND' | 'STORE_UNAVAILABLE';

  constructor(code: ReviewError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
