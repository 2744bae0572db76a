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
