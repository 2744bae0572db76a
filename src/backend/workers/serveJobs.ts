import type { MessagePort } from 'node:worker_threads';
import type { FromWorker, JobFailure, JobName, JobTypes, ToWorker } from './jobMessages.ts';

/** What does the jobs; those that take long look at the signal now and then and let others have their turn. */
export type JobHandlers<J extends JobTypes> = {
  readonly [N in JobName<J>]: (input: J[N]['input'], signal: AbortSignal) => J[N]['output'] | Promise<J[N]['output']>;
};

export interface ServeOptions {
  /** The code of an error that has a sentence for people, else null. */
  readonly codeOf: (error: unknown) => string | null;
  /** Runs once nothing else runs any more. */
  readonly onEnd?: () => void;
}

/**
 * The far side of a `JobClient`. Jobs start in the order in which they came, one a turn of the event loop, so that one
 * that was cancelled while it waited is never begun; one that awaits something lets the next one start.
 */
export function serveJobs<J extends JobTypes>(port: MessagePort | null, handlers: JobHandlers<J>, options: ServeOptions): void {
  if (port === null) throw new Error('Jobs are served in a worker only.');
  const waiting: Extract<ToWorker, { type: 'job' }>[] = [];
  const running = new Map<number, AbortController>();
  let ending = false;
  let due = false;

  const endIfIdle = (): void => {
    if (!ending || running.size > 0) return;
    options.onEnd?.();
    port.close();
  };
  const run = async ({ number, name, input }: Extract<ToWorker, { type: 'job' }>): Promise<void> => {
    const controller = new AbortController();
    running.set(number, controller);
    try {
      const handler = handlers[name as JobName<J>];
      const value: unknown = await handler(input, controller.signal);
      port.postMessage({ number, ok: true, value } satisfies FromWorker);
    } catch (error) {
      port.postMessage({ number, ok: false, failure: failureOf(error, options.codeOf(error)) } satisfies FromWorker);
    } finally {
      running.delete(number);
      endIfIdle();
    }
  };
  const turn = (): void => {
    due = false;
    const job = waiting.shift();
    if (job === undefined) return;
    void run(job);
    schedule();
  };
  const schedule = (): void => {
    if (due || waiting.length === 0) return;
    due = true;
    setImmediate(turn);
  };

  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'job':
        waiting.push(message);
        schedule();
        return;
      case 'cancel': {
        const at = waiting.findIndex(({ number }) => number === message.number);
        if (at >= 0) waiting.splice(at, 1);
        running.get(message.number)?.abort();
        return;
      }
      case 'end':
        ending = true;
        waiting.length = 0;
        for (const controller of running.values()) controller.abort();
        endIfIdle();
    }
  });
}

function failureOf(error: unknown, code: string | null): JobFailure {
  if (!(error instanceof Error)) return { code, message: String(error) };
  return { code, message: code === null ? (error.stack ?? error.message) : error.message };
}
