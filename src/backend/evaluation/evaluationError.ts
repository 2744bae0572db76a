/** A request about evaluations that cannot be carried out; `message` is one sentence for people. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly code: 'NOT_FOUND' | 'UNREADABLE' | 'INVALID_STATE' | 'STORE_UNAVAILABLE';

  constructor(code: EvaluationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
