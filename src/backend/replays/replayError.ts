/** A request about replays that cannot be carried out; `message` is one sentence for people. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: 'NOT_FOUND' | 'UNREADABLE' | 'INVALID_STATE' | 'STORE_UNAVAILABLE';

  constructor(code: ReplayError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
