/** Time of a frame that drawing may take; what does not fit waits for the next one. */
const BUDGET_MS = 6;

interface Job {
  readonly run: () => void;
  readonly urgent: boolean;
}

const jobs = new Map<string, Job>();
let frame: number | null = null;

function work(): void {
  frame = null;
  const started = performance.now();
  do {
    const next = [...jobs].find(([, { urgent }]) => urgent) ?? [...jobs][0];
    if (next === undefined) return;
    jobs.delete(next[0]);
    next[1].run();
  } while (jobs.size > 0 && performance.now() - started < BUDGET_MS);
  if (jobs.size > 0) frame = requestAnimationFrame(work);
}

/**
 * Runs work at the start of a coming frame: one piece at least, further ones as long as the frame has time, urgent ones first.
 * Of works of one name only the last is run.
 */
export function inFrame(name: string, run: () => void, urgent = false): void {
  // An order kept over replacement: who waits longest goes first.
  jobs.set(name, { run, urgent });
  frame ??= requestAnimationFrame(work);
}

export function cancelInFrame(name: string): void {
  jobs.delete(name);
}
