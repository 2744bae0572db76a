export type EnvironmentErrorCode = 'invalid_config' | 'invalid_start' | 'invalid_action' | 'episode_finished';

/** Wrong use of the environment; `message` is one sentence that names the field. */
export class EnvironmentError extends Error {
  readonly code: EnvironmentErrorCode;
  /** Dotted path of the offending input, e.g. `action.confidence`; null when no single field is at fault. */
  readonly field: string | null;

  constructor(code: EnvironmentErrorCode, field: string | null, message: string) {
    super(message);
    this.name = 'EnvironmentError';
    this.code = code;
    this.field = field;
  }
}
