import pino from 'pino';
import { createInferenceService } from '../inference/inferenceService.ts';
import { buildServer } from '../openenv/buildServer.ts';
import { createAccess } from '../openenv/server/access.ts';

/**
 * Entry of the process that `bench -- server` measures: the environment server as the product puts it together, on a free
 * port of this machine. Prints `{"port": n}` once it answers and ends with its standard input.
 * Arguments: folder of the corpus, folder of the models, workers.
 */
const [corpusDir = '', modelsDir = '', workers = '1'] = process.argv.slice(2);

const server = await buildServer(
  {
    workerUrl: new URL('../openenv/environments/environmentWorker.ts', import.meta.url),
    workers: Number(workers),
    corpusDir,
    access: createAccess({ host: '127.0.0.1', token: null }),
    inference: await createInferenceService({ modelsDir }),
    logger: pino({ name: 'bench-server', level: 'warn' }, pino.destination(2)),
  },
  'simulation',
);
const port = await server.app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ port })}\n`);
process.stdin.resume().once('end', () => void server.close().then(() => process.exit(0)));
