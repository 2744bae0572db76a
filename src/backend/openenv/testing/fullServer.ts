import { join } from 'node:path';
import pino from 'pino';
import type { ServerMode } from '../../../contract/environmentServer.ts';
import { createInferenceService, type InferenceService } from '../../inference/inferenceService.ts';
import { buildServer, type BuildOptions } from '../buildServer.ts';
import { createAccess } from '../server/access.ts';
import { CORPUS_DIR } from './testServer.ts';

const MODELS_DIR = join(import.meta.dirname, '../../../../models');
const WORKER = new URL('../environments/environmentWorker.ts', import.meta.url);

export interface FullServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly inference: InferenceService;
  /** Lines of the log so far, one JSON object each. */
  readonly log: readonly string[];
  post(path: string, body: unknown): Promise<Answer>;
  get(path: string, accept?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; fails when it is none. */
  json<T>(): T;
}

/** The server as the product puts it together, listening, with the shipped models. */
export async function startFullServer(options: Partial<BuildOptions> = {}, mode: ServerMode = 'simulation'): Promise<FullServer> {
  const log: string[] = [];
  const inference = await createInferenceService({ modelsDir: MODELS_DIR });
  const running = await buildServer(
    {
      workerUrl: WORKER,
      workers: 1,
      corpusDir: CORPUS_DIR,
      access: createAccess({ host: '127.0.0.1', token: null }),
      inference,
      logger: pino({ level: 'info' }, { write: (line: string) => void log.push(line) }),
      ...options,
    },
    mode,
  );
  const url = `http://127.0.0.1:${await running.app.listen({ host: '127.0.0.1', port: 0 })}`;
  const answered = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: <T>() => JSON.parse(text) as T };
  };
  return {
    url,
    inference,
    log,
    post: async (path, body) =>
      answered(
        await fetch(url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    get: async (path, accept) => answered(await fetch(url + path, accept === undefined ? {} : { headers: { accept } })),
    async close() {
      await running.close();
      await inference.dispose();
    },
  };
}
