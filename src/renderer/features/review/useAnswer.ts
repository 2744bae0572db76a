import { useCallback, useEffect, useState } from 'react';
import { describeError } from '../../platform/describeError.ts';
import type { Loading } from './reviewStore.ts';

/**
 * An answer of the backend, asked for once and again on `reload`.
 * @param ask must be memoised; its signal aborts when the answer is no longer wanted
 */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>): {
  readonly answer: Loading<T>;
  readonly reload: () => void;
  readonly set: (value: T) => void;
} {
  const [answer, setAnswer] = useState<Loading<T>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    ask(signal).then(
      (value) => {
        if (!signal.aborted) setAnswer({ state: 'ready', value });
      },
      (error: unknown) => {
        if (!signal.aborted) setAnswer({ state: 'failed', problem: describeError(error) });
      },
    );
    return () => controller.abort();
  }, [ask, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const set = useCallback((value: T) => setAnswer({ state: 'ready', value }), []);
  return { answer, reload, set };
}
