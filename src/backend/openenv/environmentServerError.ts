/** A request about the environment server that cannot be carried out; `message` is one sentence for people. */
export class EnvironmentServerError extends Error {
  readonly code: 'INVALID_STATE' | 'NOT_FOUND' | 'STORE_UNAVAILABLE';

  constructor(code: 'INVALID_STATE' | 'NOT_FOUND' | 'STORE_UNAVAILABLE', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EnvironmentServerError';
    this.code = code;
  }
}
