import { parentPort, workerData } from 'node:worker_threads';
import { RunLibrary } from '../runLibrary.ts';
import { RunsError } from '../runsError.ts';
import type { RunsReply, RunsRequest, RunsWorkerData } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('The run library runs in a worker only.');
const reply = (message: RunsReply): void => port.postMessage(message);

const { dataDir, shippedDir } = workerData as RunsWorkerData;
const library = new RunLibrary({ dataDir, shippedDir, onChange: (revision) => reply({ revision }) });

async function answer({ id, method, args }: RunsRequest): Promise<void> {
  try {
    const run: unknown = Reflect.get(library, method);
    if (typeof run !== 'function') throw new TypeError(`the run library has no ${method}`);
    const value: unknown = await Reflect.apply(run, library, args);
    reply({ id, value });
    if (method === 'close') port?.close();
  } catch (error) {
    if (error instanceof RunsError) reply({ id, code: error.code, message: error.message });
    else reply({ id, code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

port.on('message', (request: RunsRequest) => void answer(request));
await library.start();
reply({ started: true });
