import { useEffect, useState } from 'react';
import type { EvaluationDetail, EvaluationId, EvaluationStatus } from '../../../contract/evaluations.ts';
import { ConnectionLostError } from '../../platform/connection.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';

/** Pause before the stream is asked for again, when it ended or the line broke. */
const RETRY_MS = 1_000;
/** A report of twenty thousand cases is some megabytes. */
const READ_TIMEOUT_MS = 60_000;

export interface FollowedEvaluations {
  /** Null until the first answer. */
  readonly status: EvaluationStatus | null;
  readonly problem: Problem | null;
}

/** Follows what runs and what is kept while the page is open. */
export function useEvaluations(): FollowedEvaluations {
  const { client } = usePlatform();
  const [followed, setFollowed] = useState<FollowedEvaluations>({ status: null, problem: null });
  useEffect(() => {
    const closed = new AbortController();
    const follow = async (): Promise<void> => {
      while (!closed.signal.aborted) {
        try {
          for await (const status of await client.evaluations.watch(undefined, { signal: closed.signal })) {
            setFollowed({ status, problem: null });
          }
        } catch (error) {
          if (closed.signal.aborted) return;
          if (!(error instanceof ConnectionLostError)) setFollowed(({ status }) => ({ status, problem: describeError(error) }));
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    };
    void follow();
    return () => closed.abort();
  }, [client]);
  return followed;
}

export type Opened =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly detail: EvaluationDetail }
  | { readonly state: 'failed'; readonly problem: Problem };

type Answer = { readonly id: EvaluationId; readonly round: number } & Exclude<Opened, { readonly state: 'loading' }>;

/** One report with its outcomes, read when `id` changes and again on `reload`. */
export function useEvaluation(id: EvaluationId): { readonly opened: Opened; readonly reload: () => void } {
  const { client } = usePlatform();
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    const closed = new AbortController();
    client.evaluations.get({ id }, { signal: closed.signal, context: { timeoutMs: READ_TIMEOUT_MS } }).then(
      (detail) => closed.signal.aborted || setAnswer({ id, round, state: 'ready', detail }),
      (error: unknown) => closed.signal.aborted || setAnswer({ id, round, state: 'failed', problem: describeError(error) }),
    );
    return () => closed.abort();
  }, [client, id, round]);
  const current = answer?.id === id && answer.round === round ? answer : null;
  return { opened: current ?? { state: 'loading' }, reload: () => setRound((before) => before + 1) };
}
