/** Longest stretch of work without a turn for anyone else, milliseconds: half a frame. */
const STRETCH_MS = 8;

/** Work on the event loop in short stretches. */
export interface TurnTaker {
  /** Waits for everything else that is due, when the present stretch has been long enough. */
  (): Promise<void>;
  /** True when the present stretch has been long enough. */
  due(): boolean;
}

export function turnTaker(): TurnTaker {
  let since = performance.now();
  const due = (): boolean => performance.now() - since >= STRETCH_MS;
  const turn = async (): Promise<void> => {
    if (!due()) return;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  };
  return Object.assign(turn, { due });
}

/** Work that is cut into steps, done at once. */
export function atOnce<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same work with turns for everything else in between. @throws the signal's reason when it aborts */
export async function inTurns<T>(steps: Generator<void, T, void>, signal?: AbortSignal): Promise<T> {
  const turn = turnTaker();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (!turn.due()) continue;
    await turn();
    signal?.throwIfAborted();
  }
}
