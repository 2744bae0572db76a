import { parentPort, workerData } from 'node:worker_threads';
import { SPLITS, type Split } from '../../../contract/episodes.ts';
import { DEFAULT_CONFIG } from '../../../engine/environment/defaults.ts';
import type { Environment } from '../../../engine/environment/environment.ts';
import { CorpusError, loadBundledCorpus } from '../../corpora/bundledCorpus.ts';
import { envelopeReply, EnvironmentSession, type EnvironmentsBySplit } from './environmentSession.ts';
import type { EnvironmentReply } from './reply.ts';
import { runTool } from './tools/runTool.ts';
import { GATEWAY_TOOLS } from './tools/gatewayTools.ts';
import { createToolRegistry } from './tools/toolRegistry.ts';
import type { EnvironmentCall, EnvironmentWorkerData, WorkerMessage, WorkerRequest } from './workerProtocol.ts';

/** Entry of a worker thread: plays the environments of its share, one request after the other, in order. */
const port = parentPort;
if (port === null) throw new Error('environmentWorker runs in a worker thread only');
const send = (message: WorkerMessage): void => port.postMessage(message);

const tools = createToolRegistry(GATEWAY_TOOLS);
const sessions = new Map<number, EnvironmentSession>();

function perform(environments: EnvironmentsBySplit, call: EnvironmentCall): EnvironmentReply {
  if (call.type === 'close') {
    sessions.delete(call.key);
    return { ok: true, json: 'null', done: false, facts: null };
  }
  let session = sessions.get(call.key);
  if (session === undefined) sessions.set(call.key, (session = new EnvironmentSession(environments)));
  switch (call.type) {
    case 'reset':
      return envelopeReply(session.reset(call.start, call.ignored));
    case 'step':
      return envelopeReply(session.step(call.action));
    case 'state':
      return session.state();
    case 'tool':
      return runTool(tools, session, call);
  }
}

function guarded(environments: EnvironmentsBySplit, call: EnvironmentCall): EnvironmentReply {
  try {
    return perform(environments, call);
  } catch {
    // Whatever went wrong inside stays inside: a stack or a path is nobody's business on the wire.
    return { ok: false, code: 'failed', message: 'The environment failed; reset it and try again.' };
  }
}

async function start(): Promise<void> {
  const { corpusDir } = workerData as EnvironmentWorkerData;
  const pool = await loadBundledCorpus(corpusDir);
  const environments = Object.fromEntries(
    SPLITS.map((split): [Split, Environment] => [split, { config: { ...DEFAULT_CONFIG, split }, pool }]),
  ) as EnvironmentsBySplit;
  port?.on('message', ({ id, calls }: WorkerRequest) => {
    send({ type: 'replies', id, replies: calls.map((call) => guarded(environments, call)) });
  });
  const corpus = { sha256: pool.hash, servers: pool.servers, tools: pool.tools };
  send({ type: 'ready', corpus, tools: tools.descriptions });
}

try {
  await start();
} catch (error) {
  send({ type: 'unusable', message: error instanceof CorpusError ? error.message : 'The environment worker could not start.' });
}
