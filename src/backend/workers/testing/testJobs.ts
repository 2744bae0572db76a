import { parentPort } from 'node:worker_threads';
import { serveJobs } from '../serveJobs.ts';

export type TestJobs = {
  /** Keeps the thread busy for so many milliseconds and answers with the jobs begun so far. */
  readonly spin: { readonly input: number; readonly output: number };
  /** Waits until it is cancelled and answers whether it was. */
  readonly wait: { readonly input: null; readonly output: boolean };
  readonly fail: { readonly input: 'known' | 'unknown' | 'end'; readonly output: null };
};

class KnownError extends Error {}

let begun = 0;
if (parentPort !== null) {
  serveJobs<TestJobs>(
    parentPort,
    {
      spin: (milliseconds) => {
        begun++;
        for (const until = performance.now() + milliseconds; performance.now() < until;);
        return begun;
      },
      wait: async (_nothing, signal) => {
        while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
        return signal.aborted;
      },
      fail: (how) => {
        if (how === 'end') process.exit(3);
        throw how === 'known' ? new KnownError('One sentence.') : new TypeError('inside');
      },
    },
    { codeOf: (error) => (error instanceof KnownError ? 'KNOWN' : null) },
  );
}
