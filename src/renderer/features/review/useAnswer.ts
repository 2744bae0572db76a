import { useCallback, useEffect, useState } from 'react';
import { describeError } from '../../platform/describeError.ts';
import type { Loading } from './reviewStore.ts';

/** An answer of the backend, asked for once and again on `reload`. `ask` must be memoised. */
export function useAnswer<T>(ask: () => Promise<T>): {
  readonly answer: Loading<T>;
  readonly reload: () => void;
  readonly set: (value: T) => void;
} {
  const [answer, setAnswer] = useState<Loading<T>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => wanted && setAnswer({ state: 'ready', value }),
      (error: unknown) => wanted && setAnswer({ state: 'failed', problem: describeError(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [ask, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const set = useCallback((value: T) => setAnswer({ state: 'ready', value }), []);
  return { answer, reload, set };
}
