import type { ClientLink, ClientOptions } from '@orpc/client';

/** Per-call settings of the interface; `timeoutMs` replaces the default limit for slow calls. */
export interface CallContext {
  timeoutMs?: number;
}

/** One open line to the backend. `closed` settles once, with the reason in words. */
export interface Transport {
  readonly link: ClientLink<CallContext>;
  readonly closed: Promise<string>;
  readonly close: () => void;
}

export type OpenTransport = (signal: AbortSignal) => Promise<Transport>;

export type ConnectionState =
  | { readonly status: 'connecting'; readonly attempt: number }
  | { readonly status: 'open' }
  | {
      readonly status: 'lost';
      readonly attempt: number;
      readonly reason: string;
      /** Epoch milliseconds of the next attempt. */ readonly retryAt: number;
    };

/** The call was not sent, or its answer can no longer arrive. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** The backend took longer than the call's limit. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError';
}

export interface ConnectionOptions {
  readonly open: OpenTransport;
  /** Proves that the other side answers before the connection counts as open. */
  readonly probe: (link: ClientLink<CallContext>, signal: AbortSignal) => Promise<unknown>;
  /** Dotted paths of procedures that stream: they have no time limit. */
  readonly streams: ReadonlySet<string>;
  /** Limit of a call, milliseconds. */
  readonly timeoutMs?: number;
  /** Limit of opening and probing, milliseconds. */
  readonly openTimeoutMs?: number;
  /** First and longest pause between attempts, milliseconds. */
  readonly backoffMs?: readonly [number, number];
}

export interface Connection extends ClientLink<CallContext> {
  readonly getState: () => ConnectionState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Ends the pause between two attempts. */
  readonly retryNow: () => void;
  /** Gives up the present line, for instance when a heartbeat went unanswered. */
  readonly reset: (reason: string) => void;
  readonly dispose: () => void;
}

/** Rejects as soon as `signal` aborts, also when `work` itself never settles. */
function raceWithAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function isStream(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}

/** A stream that fails when its signal aborts, whatever its source does. */
async function* untilAborted(source: AsyncIterator<unknown>, signal: AbortSignal): AsyncGenerator<unknown, void, void> {
  try {
    for (;;) {
      const item = await raceWithAbort(source.next(), signal);
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    // Tells the backend that nobody listens any more, which cannot arrive when the line is what broke.
    source.return?.().catch(() => undefined);
  }
}

/** Pause before the n-th attempt (n from 1): doubles from `first` up to `longest`. */
export function backoffDelay(attempt: number, [first, longest]: readonly [number, number]): number {
  return Math.min(longest, first * 2 ** Math.min(20, Math.max(0, attempt - 1)));
}

/**
 * A link that keeps itself connected. oRPC leaves a call unsettled when its port
 * closes, so every call here races its time limit and the loss of its transport.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { open, probe, streams, timeoutMs = 15_000, openTimeoutMs = 5_000, backoffMs = [250, 8_000] } = options;
  const listeners = new Set<() => void>();
  const disposed = new AbortController();
  let state: ConnectionState = { status: 'connecting', attempt: 1 };
  let current: { transport: Transport; lost: AbortController } | null = null;
  let wake: (() => void) | null = null;

  const setState = (next: ConnectionState): void => {
    state = next;
    for (const listener of [...listeners]) listener();
  };

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        wake = null;
        resolve();
      }
      wake = done;
    });

  const connectOnce = async (): Promise<string> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new CallTimeoutError('The backend does not answer.')), openTimeoutMs);
    const opening = open(limit.signal);
    let transport: Transport;
    try {
      transport = await raceWithAbort(opening, limit.signal);
      try {
        await raceWithAbort(probe(transport.link, limit.signal), limit.signal);
      } catch (error) {
        transport.close();
        throw error;
      }
    } catch (error) {
      opening.then(
        (late) => late.close(),
        () => undefined,
      );
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const lost = new AbortController();
    current = { transport, lost };
    setState({ status: 'open' });
    const onReset = new Promise<string>((resolve) => {
      lost.signal.addEventListener('abort', () => resolve((lost.signal.reason as Error).message), { once: true });
    });
    const reason = await Promise.race([transport.closed, onReset]);
    current = null;
    lost.abort(new ConnectionLostError(reason));
    transport.close();
    return reason;
  };

  const run = async (): Promise<void> => {
    let attempt = 1;
    while (!disposed.signal.aborted) {
      let reason: string;
      try {
        reason = await connectOnce();
        attempt = 1;
      } catch (error) {
        reason = error instanceof Error ? error.message : 'The backend does not answer.';
      }
      if (disposed.signal.aborted) return;
      const delay = backoffDelay(attempt, backoffMs);
      setState({ status: 'lost', attempt, reason, retryAt: Date.now() + delay });
      await pause(delay);
      attempt += 1;
      if (!disposed.signal.aborted) setState({ status: 'connecting', attempt });
    }
  };

  const untilOpen = (signal: AbortSignal): Promise<{ transport: Transport; lost: AbortController }> =>
    new Promise((resolve, reject) => {
      const settle = (): boolean => {
        if (current !== null) resolve(current);
        else if (state.status === 'lost') reject(new ConnectionLostError('No connection to the backend.'));
        else return false;
        return true;
      };
      if (settle()) return;
      const unsubscribe = subscribe(() => {
        if (settle()) unsubscribe();
      });
      signal.addEventListener(
        'abort',
        () => {
          unsubscribe();
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });

  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  const call = async (path: readonly string[], input: unknown, callOptions: ClientOptions<CallContext>): Promise<unknown> => {
    const limit = new AbortController();
    const limitMs = callOptions.context.timeoutMs ?? timeoutMs;
    const timer = streams.has(path.join('.'))
      ? null
      : setTimeout(() => limit.abort(new CallTimeoutError(`The backend did not answer within ${limitMs / 1000} s.`)), limitMs);
    const outer = [limit.signal, disposed.signal, ...(callOptions.signal ? [callOptions.signal] : [])];
    try {
      const { transport, lost } = await untilOpen(AbortSignal.any(outer));
      const signal = AbortSignal.any(outer);
      // The link is not told of a lost transport: it would try to send its cancellation over it.
      const ended = AbortSignal.any([signal, lost.signal]);
      const answer = await raceWithAbort(transport.link.call(path, input, { ...callOptions, signal }), ended);
      return isStream(answer) ? untilAborted(answer, ended) : answer;
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  };

  void run();

  return {
    call,
    getState: () => state,
    subscribe,
    retryNow: () => wake?.(),
    reset: (reason) => current?.lost.abort(new ConnectionLostError(reason)),
    dispose: () => {
      disposed.abort(new ConnectionLostError('The interface was closed.'));
      current?.lost.abort(new ConnectionLostError('The interface was closed.'));
      wake?.();
    },
  };
}
