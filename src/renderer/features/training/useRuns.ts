import { createContext, useContext, useEffect, useState } from 'react';
import type { GroupResults, RunList } from '../../../contract/runs.ts';
import { describeError, type Problem } from '../../platform/describeError.ts';
import { useConnectionState, usePlatform } from '../../platform/PlatformContext.ts';
import { useTraining } from './trainingStore.ts';

export interface RunsState {
  /** Null until the first answer. */
  readonly list: RunList | null;
  readonly results: readonly GroupResults[];
  readonly problem: Problem | null;
  /** Of the data shown; charts ask anew when it changes. */
  readonly revision: number;
}

export const RunsContext = createContext<RunsState>({ list: null, results: [], problem: null, revision: 0 });

export function useRuns(): RunsState {
  return useContext(RunsContext);
}

/** The list of runs, read anew whenever the backend says that it has changed. Mounted once, by the page. */
export function useRunsSubscription(): RunsState {
  const { client } = usePlatform();
  const open = useConnectionState().status === 'open';
  const paused = useTraining((state) => state.paused);
  const [state, setState] = useState<RunsState>({ list: null, results: [], problem: null, revision: 0 });
  useEffect(() => {
    if (!open || paused) return undefined;
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      try {
        for await (const { revision } of await client.runs.changes(undefined, { signal: stop.signal })) {
          const [list, results] = await Promise.all([
            client.runs.list(undefined, { signal: stop.signal }),
            client.runs.results(undefined, { signal: stop.signal }),
          ]);
          setState({ list, results, problem: null, revision });
        }
      } catch (error) {
        if (!stop.signal.aborted) setState((before) => ({ ...before, problem: describeError(error) }));
      }
    };
    void follow();
    return () => stop.abort();
  }, [client, open, paused]);
  return state;
}
