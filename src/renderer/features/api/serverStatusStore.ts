import { useEffect, useState } from 'react';
import type { EnvironmentServerStatus } from '../../../contract/environmentServer.ts';
import { ConnectionLostError } from '../../platform/connection.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { usePlatform } from '../../platform/PlatformContext.ts';

/** Pause before the stream is asked for again, when it ended or the line broke. */
const RETRY_MS = 1_000;

export interface FollowedStatus {
  /** Null until the first answer. */
  readonly status: EnvironmentServerStatus | null;
  readonly problem: Problem | null;
  /** Shows an answer at once instead of waiting for the stream. */
  readonly show: (status: EnvironmentServerStatus) => void;
}

/** Follows the server's status while the page is open. */
export function useServerStatus(): FollowedStatus {
  const { client } = usePlatform();
  const [status, setStatus] = useState<EnvironmentServerStatus | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const closed = new AbortController();
    const follow = async (): Promise<void> => {
      while (!closed.signal.aborted) {
        try {
          for await (const next of await client.environmentServer.watch(undefined, { signal: closed.signal })) {
            setStatus(next);
            setProblem(null);
          }
        } catch (error) {
          if (closed.signal.aborted) return;
          if (!(error instanceof ConnectionLostError)) setProblem(describeError(error));
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    };
    void follow();
    return () => closed.abort();
  }, [client]);
  return { status, problem, show: setStatus };
}
