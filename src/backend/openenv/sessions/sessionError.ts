/** A session that cannot be had; codes as on the wire. */
export type SessionRefusal =
  | { readonly code: 'CAPACITY_REACHED'; readonly message: string; readonly active_sessions: number; readonly max_sessions: number }
  | { readonly code: 'FACTORY_ERROR'; readonly message: string; readonly factory_name: string }
  | { readonly code: 'SESSION_ERROR'; readonly message: string };

/** Why a session could not be opened or attached to. */
export class SessionError extends Error {
  readonly refusal: SessionRefusal;

  constructor(refusal: SessionRefusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.name = 'SessionError';
    this.refusal = refusal;
  }
}

/** What the environment is called where the protocol names its factory. */
export const FACTORY_NAME = 'OmniGuardEnvironment';
