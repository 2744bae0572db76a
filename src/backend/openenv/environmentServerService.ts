import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  EnvironmentServerStatus,
  EnvironmentSessionId,
  ServerMode,
  ServerSettings,
  TryRequest,
  TryResponse,
} from '../../contract/environmentServer.ts';
import { urlHost } from '../web/hostPolicy.ts';
import { EnvironmentServerError } from './environmentServerError.ts';
import type { EnvironmentApp } from './server/environmentApp.ts';
import type { EnvironmentServer } from './server/environmentServer.ts';
import { DEFAULT_SETTINGS, readSettings, writeSettings } from './server/settingsFile.ts';

const LOOPBACK = '127.0.0.1';
const WATCH_MS = 1_000;

/** Everything that runs while the server is on. */
export interface RunningServer {
  readonly server: EnvironmentServer;
  readonly app: EnvironmentApp;
  /** Ends the app, the server and the environments. */
  close(): Promise<void>;
}

export interface EnvironmentServerServiceOptions {
  /** Puts a server together, not listening yet. @throws with one sentence for people */
  readonly build: (mode: ServerMode) => Promise<RunningServer>;
  readonly token: string | null;
  /** Where the settings are kept; null: nowhere, which is for hosts that are told everything when they start. */
  readonly settingsFile: string | null;
  /** Set where the host hands its own requests over instead of letting the server listen. */
  readonly shared: { readonly mode: ServerMode } | null;
  readonly onFailure: (error: unknown) => void;
}

/** The environment server as the interface and the host see it: off, on, or on its way. */
export interface EnvironmentServerService {
  status(): EnvironmentServerStatus;
  /** Turns the server on if the settings say so; a failure becomes part of the status. */
  start(): Promise<void>;
  /** @throws EnvironmentServerError when the port is not this server's to choose or the settings cannot be kept */
  configure(settings: ServerSettings): Promise<EnvironmentServerStatus>;
  /** The status now, after each change and once a second. */
  watch(signal?: AbortSignal): AsyncGenerator<EnvironmentServerStatus, void>;
  /** @throws EnvironmentServerError `NOT_FOUND` */
  endSession(id: EnvironmentSessionId): void;
  /** @throws EnvironmentServerError `INVALID_STATE` while the server is off */
  try(request: TryRequest): Promise<TryResponse>;
  token(): string | null;
  /** For hosts that share their port: the address they listen on, and what comes in there. */
  announce(address: string, port: number): void;
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Idempotent. */
  dispose(): Promise<void>;
}

export function createEnvironmentServerService(options: EnvironmentServerServiceOptions): EnvironmentServerService {
  const { shared, settingsFile } = options;
  let settings: ServerSettings = shared === null ? DEFAULT_SETTINGS : { ...DEFAULT_SETTINGS, enabled: true, mode: shared.mode };
  let state: EnvironmentServerStatus['state'] = 'off';
  let problem: string | null = null;
  let address: string | null = null;
  let sharedAddress: string | null = null;
  let running: RunningServer | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let disposed = false;
  const changed = new Set<() => void>();

  const enter = (next: EnvironmentServerStatus['state'], why: string | null = null): void => {
    state = next;
    problem = why;
    for (const wake of changed) wake();
  };

  const status = (): EnvironmentServerStatus => ({
    state,
    problem,
    settings,
    address: state === 'on' ? (shared === null ? address : sharedAddress) : null,
    sharedPort: shared !== null,
    tokenRequired: options.token !== null,
    activity: running?.server.activity() ?? null,
  });

  const turnOn = async (): Promise<void> => {
    enter('starting');
    let built: RunningServer | null = null;
    try {
      built = await options.build(settings.mode);
      if (shared === null) {
        const port = await built.app.listen({ host: LOOPBACK, port: settings.port });
        address = `http://${urlHost(LOOPBACK)}:${port}`;
      }
      running = built;
      enter('on');
    } catch (error) {
      await built?.close();
      options.onFailure(error);
      enter('failed', startProblem(error, settings.port));
    }
  };

  const turnOff = async (): Promise<void> => {
    const ended = running;
    if (ended === null) {
      enter('off');
      return;
    }
    enter('stopping');
    running = null;
    await ended.close();
    enter('off');
  };

  /** One change at a time, in the order they were asked for. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };

  const configure = async (wanted: ServerSettings): Promise<EnvironmentServerStatus> => {
    if (disposed) throw new EnvironmentServerError('INVALID_STATE', 'OmniGuard is closing.');
    if (shared !== null && wanted.port !== settings.port)
      throw new EnvironmentServerError('INVALID_STATE', 'The port is the one of the interface; choose it when OmniGuard is started.');
    if (settingsFile !== null) await keep(settingsFile, wanted);
    const same = wanted.mode === settings.mode && wanted.port === settings.port;
    settings = wanted;
    if (running !== null && wanted.enabled && same) return status();
    await turnOff();
    if (wanted.enabled) await turnOn();
    return status();
  };

  return {
    status,
    start: () =>
      inTurn(async () => {
        if (settingsFile !== null) settings = await readSettings(settingsFile);
        if (settings.enabled && running === null && !disposed) await turnOn();
      }),
    configure: (wanted) => inTurn(() => configure(wanted)),
    async *watch(signal) {
      while (signal?.aborted !== true && !disposed) {
        yield status();
        await nextChange(changed, signal);
      }
    },
    endSession(id) {
      if (running === null || !running.server.endSession(id))
        throw new EnvironmentServerError('NOT_FOUND', 'There is no such session any more.');
    },
    async try(request) {
      if (running === null) throw new EnvironmentServerError('INVALID_STATE', 'The environment server is off; turn it on first.');
      return running.app.inject(request);
    },
    token: () => options.token,
    announce(host, port) {
      sharedAddress = `http://${urlHost(host)}:${port}`;
      settings = { ...settings, port };
      for (const wake of changed) wake();
    },
    handle(request, response) {
      if (running === null) refuse(response);
      else running.app.handle(request, response);
    },
    upgrade(request, socket, head) {
      if (running === null) socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else running.app.upgrade(request, socket, head);
    },
    dispose() {
      disposed = true;
      return inTurn(async () => {
        if (running !== null) await turnOff();
        for (const wake of changed) wake();
      });
    },
  };
}

async function keep(file: string, settings: ServerSettings): Promise<void> {
  try {
    await writeSettings(file, settings);
  } catch (error) {
    throw new EnvironmentServerError('STORE_UNAVAILABLE', 'The settings could not be written to the data folder.', { cause: error });
  }
}

function nextChange(changed: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      changed.delete(wake);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, WATCH_MS);
    changed.add(wake);
    signal?.addEventListener('abort', wake);
  });
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'retry-after': '5' });
  response.end('{"detail":"The environment server is off."}');
}

function startProblem(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program; choose another one.`;
    case 'EACCES':
      return `Port ${port} may not be used by this account; choose one above 1023.`;
    default:
      return error instanceof Error && error.name === 'EnvironmentPoolError'
        ? error.message
        : 'The environment server could not start; the log has the details.';
  }
}
