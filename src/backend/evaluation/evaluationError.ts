export const EVALUATION_ERROR_CODES = ['NOT_FOUND', 'UNREADABLE', 'INVALID_STATE', 'STORE_UNAVAILABLE'] as const;

/** A request about evaluations that cannot be carried out; `message` is one sentence for people. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly code: (typeof EVALUATION_ERROR_CODES)[number];

  constructor(code: EvaluationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
