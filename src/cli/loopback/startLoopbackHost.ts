import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { createBackend, type Backend, type BackendConfig, type BackendLogger } from '../../backend/backend.ts';
import { createHostPolicy, isLoopback, urlHost } from '../../backend/web/hostPolicy.ts';
import type { ServerMode } from '../../contract/environmentServer.ts';
import type { ModelId } from '../../contract/ids.ts';
import { CliError } from '../cliError.ts';
import { AccessControl } from './accessControl.ts';
import { createLoopbackServer, type EnvironmentPort } from './server.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SHORTEST_TOKEN = 16;
const WORKER_URL = new URL('../../backend/openenv/environments/environmentWorker.ts', import.meta.url);

/** The environment server on the port of the interface, on from the start. */
export interface SharedEnvironments {
  readonly mode: ServerMode;
  readonly workers?: number | undefined;
  readonly capacity?: number | undefined;
  /** Environments of the vector API. */
  readonly vectorEnvironments?: number | undefined;
  /** Serves `/web/` for people. */
  readonly webInterface: boolean;
}

export interface LoopbackHostOptions {
  /** Folder of the episode store. */
  readonly dataDir: string;
  /** Default 127.0.0.1; any address beyond this machine demands `token`. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** A token that opens the host any number of times, at least 16 characters; from OMNIGUARD_TOKEN. */
  readonly token?: string | undefined;
  readonly modelsDir?: string | undefined;
  /** Embedder of the semantic critic, from the registry. */
  readonly criticEmbedder?: ModelId | undefined;
  readonly resourcesDir?: string;
  readonly rendererDir?: string;
  readonly logger?: BackendLogger;
  /** Absent: the environment server has a port of its own, by its settings. */
  readonly environments?: SharedEnvironments;
}

export interface LoopbackHost {
  /** Address with a token that works once. */
  readonly url: string;
  /** Without the token. */
  readonly origin: string;
  /** Stores the step in flight, unloads the models and closes all connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the backend behind HTTP and WebSocket on this machine.
 * @throws CliError when the arguments do not fit (exit code 2), the interface is not built or the port is taken (1)
 */
export async function startLoopbackHost(options: LoopbackHostOptions): Promise<LoopbackHost> {
  const { host = '127.0.0.1', port = 0, token, dataDir, rendererDir = join(ROOT, 'out/renderer') } = options;
  checkToken(host, token);
  if (!existsSync(join(rendererDir, 'index.html'))) throw new CliError('The interface is not built yet; run "npm run build" first.', 1);
  const logger = options.logger ?? pino({ name: 'omniguard', level: process.env['OMNIGUARD_LOG'] ?? 'warn' }, pino.destination(2));
  const backend = await createBackend({
    host: 'loopback',
    dataDir,
    modelsDir: options.modelsDir ?? join(ROOT, 'models'),
    ...(options.criticEmbedder === undefined ? {} : { criticEmbedder: options.criticEmbedder }),
    resourcesDir: options.resourcesDir ?? join(ROOT, 'resources'),
    logger,
    environments: environmentHosting(options.environments, host, token, rendererDir),
  });
  try {
    const access = new AccessControl({ token });
    const server = await createLoopbackServer({
      router: backend.router,
      rendererDir,
      access,
      hosts: createHostPolicy(host),
      onError: (error) => logger.error({ err: error }, 'a request failed'),
      ...(options.environments === undefined ? {} : { environment: environmentPort(backend.environmentServer, options.environments) }),
    });
    await server.listen({ host, port });
    const address = server.server.address();
    const listening = typeof address === 'object' && address !== null ? address.port : port;
    const origin = `http://${urlHost(host)}:${listening}`;
    if (options.environments === undefined) void backend.environmentServer.start();
    else {
      backend.environmentServer.announce(host, listening);
      await backend.environmentServer.start();
    }
    const close = async (): Promise<void> => {
      await backend.environmentServer.dispose();
      await Promise.all([server.close(), backend.dispose()]);
    };
    let closing: Promise<void> | null = null;
    return {
      url: `${origin}/?token=${access.issue()}`,
      origin,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await backend.dispose();
    throw listenError(error, host, port);
  }
}

function environmentHosting(
  shared: SharedEnvironments | undefined,
  host: string,
  token: string | undefined,
  rendererDir: string,
): BackendConfig['environments'] {
  if (shared === undefined) return { workerUrl: WORKER_URL };
  const { mode, workers, capacity, vectorEnvironments, webInterface } = shared;
  return {
    workerUrl: WORKER_URL,
    ...(workers === undefined ? {} : { workers }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(vectorEnvironments === undefined ? {} : { vectorEnvironments }),
    webInterface: webInterface ? { pageDir: join(rendererDir, 'web') } : null,
    ...readmeText(),
    shared: { mode, host, token: token ?? null },
  };
}

/** The README that the environment shows as its own; ENV_README_PATH names another one. */
function readmeText(): { readonly readme?: string } {
  try {
    return { readme: readFileSync(process.env['ENV_README_PATH'] ?? join(ROOT, 'README.md'), 'utf8') };
  } catch {
    return {};
  }
}

function environmentPort(service: Backend['environmentServer'], { webInterface }: SharedEnvironments): EnvironmentPort {
  return {
    handle: (request, response) => service.handle(request, response),
    upgrade: (request, socket, head) => service.upgrade(request, socket, head),
    landing: webInterface ? '/web/' : null,
  };
}

function checkToken(host: string, token: string | undefined): void {
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw new CliError(`OMNIGUARD_TOKEN is too short; use at least ${SHORTEST_TOKEN} characters.`, 2);
  }
  if (token === undefined && !isLoopback(host)) {
    throw new CliError(
      `Listening on ${host} lets other machines in; set OMNIGUARD_TOKEN to a secret of at least ${SHORTEST_TOKEN} characters.`,
      2,
    );
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const options = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return new CliError(`Port ${port} is taken; choose another with --port, or 0 for any free one.`, 1, options);
    case 'EACCES':
      return new CliError(`Port ${port} may not be used by this account; choose one above 1023 with --port.`, 1, options);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CliError(`This machine has no address ${host}; choose another with --host.`, 2, options);
    default:
      return error;
  }
}
