import { ORPCError, ValidationError } from '@orpc/server';
import { CorpusStreamError } from './corpora/hub/corpusStreamError.ts';
import { EvaluationError } from './evaluation/evaluationError.ts';
import { InferenceError } from './inference/inferenceError.ts';
import { LiveError } from './comparison/liveError.ts';
import { EnvironmentServerError } from './openenv/environmentServerError.ts';
import { ReadError } from './reads/readError.ts';
import { ReplayError } from './replays/replayError.ts';
import { ReviewError } from './review/reviewError.ts';
import { RunsError } from './runs/runsError.ts';
import { StoreError } from './store/storeError.ts';
import { JobCancelled } from './workers/jobClient.ts';

/** Most problems of one bad input that are named. */
const NAMED_ISSUES = 3;

/**
 * Turns whatever a service threw into an error that may cross the boundary: one of the contract's codes with its
 * sentence, bad input with the fields that are wrong, or a failure that says nothing of the inside.
 * @param onUnexpected is given what must not be shown
 */
export function toRpcError(error: unknown, onUnexpected: (error: unknown) => void): ORPCError<string, unknown> {
  if (error instanceof LiveError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof ReplayError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof ReadError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof JobCancelled) return new ORPCError('CLIENT_CLOSED_REQUEST', { message: error.message });
  if (error instanceof ReviewError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof EvaluationError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof RunsError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof EnvironmentServerError) return new ORPCError(error.code, { message: error.message });
  if (error instanceof CorpusStreamError) {
    return new ORPCError(error.code === 'busy' ? 'INVALID_STATE' : 'CORPUS_UNAVAILABLE', { message: error.message });
  }
  if (error instanceof StoreError) return new ORPCError('STORE_UNAVAILABLE', { message: error.message });
  if (error instanceof InferenceError) return new ORPCError('MODEL_UNAVAILABLE', { message: error.message });
  if (error instanceof ORPCError) {
    if (error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError) return badInput(error.cause);
    if (error.status < 500) return error as ORPCError<string, unknown>;
  }
  onUnexpected(error);
  return new ORPCError('INTERNAL_SERVER_ERROR', { message: 'OmniGuard failed for an unexpected reason; the log has the details.' });
}

function badInput({ issues }: ValidationError): ORPCError<string, unknown> {
  const named = issues.slice(0, NAMED_ISSUES).map(({ path = [], message }) => {
    const field = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return field === '' ? message : `${field}: ${message}`;
  });
  return new ORPCError('BAD_REQUEST', { message: named.join('; ') });
}
