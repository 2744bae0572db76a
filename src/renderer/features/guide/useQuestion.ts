import { useCallback, useEffect, useState } from 'react';
import { describeError } from '../../platform/describeError.ts';

/** Typing and dragging ask once they pause. */
const DEBOUNCE_MS = 250;

export interface Answered<T> {
  /** The latest answer, also while another is under way or the input is refused; null before the first. */
  readonly answer: T | null;
  /** Why the present input has no answer. */
  readonly problem: string | null;
  readonly pending: boolean;
  readonly retry: () => void;
}

/**
 * Asks the backend whenever `input` (plain JSON) changes; null asks nothing. `ask` must be memoised.
 * Of several questions only the last one's answer is shown.
 */
export function useQuestion<I, T>(input: I | null, ask: (input: I, signal: AbortSignal) => Promise<T>): Answered<T> {
  const [round, setRound] = useState(0);
  const key = input === null ? null : `${round} ${JSON.stringify(input)}`;
  const [state, setState] = useState<{ readonly key: string | null; readonly answer: T | null; readonly problem: string | null }>({
    key: null,
    answer: null,
    problem: null,
  });
  useEffect(() => {
    if (key === null) return undefined;
    const closed = new AbortController();
    const timer = setTimeout(() => {
      ask(JSON.parse(key.slice(key.indexOf(' ') + 1)) as I, closed.signal).then(
        (answer) => {
          if (!closed.signal.aborted) setState({ key, answer, problem: null });
        },
        (error: unknown) => {
          if (!closed.signal.aborted) setState(({ answer }) => ({ key, answer, problem: describeError(error).message }));
        },
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      closed.abort();
    };
  }, [key, ask]);
  const retry = useCallback(() => setRound((before) => before + 1), []);
  const isPresent = state.key === key;
  return { answer: state.answer, problem: isPresent ? state.problem : null, pending: key !== null && !isPresent, retry };
}
