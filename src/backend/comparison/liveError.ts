/** A request that the live comparison cannot carry out; `message` is one sentence for people. */
export class LiveError extends Error {
  override readonly name = 'LiveError';
  readonly code: 'INVALID_STATE' | 'MODEL_UNAVAILABLE';

  constructor(code: 'INVALID_STATE' | 'MODEL_UNAVAILABLE', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
