/** One line of progress, rewritten in place on a terminal and printed rarely elsewhere. */
export interface ProgressLine {
  show(text: string): void;
  /** Replaces the line by a final one. */
  done(text: string): void;
  clear(): void;
}

const TERMINAL_EVERY_MS = 100;
const LOG_EVERY_MS = 10_000;
const CLEAR = '\r\u001b[K';

/** @param now Milliseconds from an arbitrary origin. */
export function progressLine(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  now: () => number = () => performance.now(),
): ProgressLine {
  const terminal = stream.isTTY === true;
  let last = now();
  const clear = (): void => {
    if (terminal) stream.write(CLEAR);
  };
  return {
    show(text) {
      if (now() - last < (terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS)) return;
      last = now();
      stream.write(terminal ? `${CLEAR}${text}` : `${text}\n`);
    },
    done(text) {
      clear();
      stream.write(`${text}\n`);
    },
    clear,
  };
}
