import type { StepAction } from '../wire/action.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';
import type { EnvironmentHandle } from './environmentHandle.ts';
import type { EnvironmentFailure, StepFacts } from './reply.ts';

/** One call of a batch whose reply is one body for all. */
export interface ResultCall {
  readonly handle: EnvironmentHandle;
  /** Stands in the result, so that the caller can tell them apart. */
  readonly envId: number;
  readonly call: { readonly type: 'reset'; readonly start: EpisodeStart } | { readonly type: 'step'; readonly action: StepAction };
}

export type ResultOutcome = { readonly ok: true; readonly done: boolean; readonly facts: StepFacts | null } | EnvironmentFailure;

export interface ResultBatch {
  /** One for each call, in their order. */
  readonly outcomes: readonly ResultOutcome[];
  /** `{"results":[{"env_id","observation","reward","done","info"}…]}` in UTF-8: the calls that succeeded, in their order. */
  readonly body: Uint8Array;
}

/** What one worker contributes: a body of its own, with the borders of its results. */
export interface ResultShare {
  readonly body: Uint8Array;
  /** For each call where its result ends in `body`; where the call failed, the end of the result before it, or 0. */
  readonly ends: readonly number[];
}

export const RESULTS_OPEN = '{"results":[';
export const RESULTS_CLOSE = ']}';

const OPEN = Buffer.from(RESULTS_OPEN);
const CLOSE = Buffer.from(RESULTS_CLOSE);
const COMMA = Buffer.from(',');

/** Puts the results of several workers in the order of the request. @param places for each share the places of its calls in the request */
export function joinShares(shares: readonly (ResultShare & { readonly places: readonly number[] })[]): Uint8Array {
  const [only] = shares;
  if (only !== undefined && shares.length === 1) return only.body;
  const pieces: { readonly place: number; readonly bytes: Uint8Array }[] = [];
  for (const { body, ends, places } of shares) {
    let reached = 0;
    for (const [index, end] of ends.entries()) {
      if (end === reached) continue;
      const start = reached === 0 ? OPEN.length : reached + COMMA.length;
      pieces.push({ place: places[index] ?? 0, bytes: body.subarray(start, end) });
      reached = end;
    }
  }
  pieces.sort((a, b) => a.place - b.place);
  return Buffer.concat([OPEN, ...pieces.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes])), CLOSE]);
}
