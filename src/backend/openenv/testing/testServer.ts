import { join } from 'node:path';
import type { ServerActivity } from '../../../contract/environmentServer.ts';
import { createEnvironmentPool, type EnvironmentPool, type EnvironmentPoolOptions } from '../environments/environmentPool.ts';
import { createAccess } from '../server/access.ts';
import { createEnvironmentApp, type EnvironmentApp } from '../server/environmentApp.ts';
import { createEnvironmentServer, type EnvironmentServerOptions } from '../server/environmentServer.ts';
import { MeteredTelemetry } from '../telemetry/serverTelemetry.ts';
import { TestSocket } from './testSocket.ts';

export const CORPUS_DIR = join(import.meta.dirname, '../../../../resources/corpus');
const WORKER = new URL('../environments/environmentWorker.ts', import.meta.url);
const TEST_WORKER = new URL('./testWorker.ts', import.meta.url);

/** Real environments in one worker thread. */
export function realPool(options: Partial<EnvironmentPoolOptions> = {}): Promise<EnvironmentPool> {
  return createEnvironmentPool({ workerUrl: WORKER, corpusDir: CORPUS_DIR, workers: 1, ...options });
}

/** Environments that are slow, huge, failing or lost on demand, in a worker thread; see `testWorker`. */
export function wilfulPool(options: Partial<EnvironmentPoolOptions> = {}): Promise<EnvironmentPool> {
  return createEnvironmentPool({ workerUrl: TEST_WORKER, corpusDir: '', workers: 1, ...options });
}

export interface TestServer {
  readonly app: EnvironmentApp;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `ws://127.0.0.1:PORT` */
  readonly ws: string;
  readonly unexpected: readonly unknown[];
  connect(path?: string): Promise<TestSocket>;
  post(path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Reply }>;
  get(path: string): Promise<{ readonly status: number; readonly body: Reply }>;
  activity(): ServerActivity;
  /** Waits until so many sessions take a slot. */
  sessions(count: number): Promise<void>;
  end(id: string): boolean;
  close(): Promise<void>;
}

/** A parsed body; its shape is the test's business. */
export type Reply = Readonly<Record<string, unknown>> & {
  readonly detail: readonly { readonly type: string; readonly loc: readonly (string | number)[]; readonly msg: string }[] & string;
  readonly observation: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  readonly error: { readonly code: number; readonly message: string; readonly data: unknown };
};

/** A listening server on a pool that stays the caller's. */
export async function startTestServer(
  pool: EnvironmentPool,
  options: Partial<EnvironmentServerOptions> & { readonly token?: string } = {},
): Promise<TestServer> {
  const unexpected: unknown[] = [];
  const access = createAccess({ host: '127.0.0.1', token: options.token ?? null });
  const server = createEnvironmentServer({
    pool,
    access,
    mode: 'simulation',
    telemetry: new MeteredTelemetry(),
    onUnexpected: (error) => unexpected.push(error),
    ...options,
  });
  const app = await createEnvironmentApp(server, access);
  const port = await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  const answer = async (response: Response): Promise<{ readonly status: number; readonly body: Reply }> => {
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Reply };
  };
  return {
    app,
    url,
    ws: `ws://127.0.0.1:${port}`,
    unexpected,
    connect: (path = '/ws') => TestSocket.open(`ws://127.0.0.1:${port}${path}`),
    post: async (path, body) => {
      const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const headers: Record<string, string> = sent === undefined ? {} : { 'content-type': 'application/json' };
      return answer(await fetch(`${url}${path}`, { method: 'POST', headers, ...(sent === undefined ? {} : { body: sent }) }));
    },
    get: async (path) => answer(await fetch(`${url}${path}`)),
    activity: () => server.activity(),
    async sessions(count) {
      const deadline = Date.now() + 10_000;
      while (server.services.sessions.active !== count) {
        if (Date.now() > deadline) throw new Error(`${server.services.sessions.active} sessions instead of ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    end: (id) => server.endSession(id as ServerActivity['sessions'][number]['id']),
    close: () => app.close(),
  };
}
