import { ORPCError } from '@orpc/client';
import { CallTimeoutError, ConnectionLostError } from './connection.ts';

/** A failure in words for people: what happened, and what can be done when that is known. */
export interface Problem {
  readonly message: string;
  readonly advice: string | null;
}

const ADVICE: { readonly [code: string]: string } = {
  MODEL_UNAVAILABLE: 'Open Models and verify the model files.',
  STORE_UNAVAILABLE: 'Check that the data folder exists and can be written to.',
  BAD_REQUEST: 'Check the scope fields.',
};

export function describeError(error: unknown): Problem {
  if (error instanceof ORPCError) return { message: error.message, advice: ADVICE[String(error.code)] ?? null };
  if (error instanceof ConnectionLostError) return { message: error.message, advice: 'The interface reconnects by itself.' };
  if (error instanceof CallTimeoutError) return { message: error.message, advice: 'Try again; if it goes on, restart OmniGuard.' };
  return { message: error instanceof Error ? error.message : 'Unknown failure.', advice: null };
}
