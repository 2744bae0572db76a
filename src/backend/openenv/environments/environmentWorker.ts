import { parentPort, workerData } from 'node:worker_threads';
import { SPLITS, type Split } from '../../../contract/episodes.ts';
import { DEFAULT_CONFIG } from '../../../engine/environment/defaults.ts';
import type { Environment } from '../../../engine/environment/environment.ts';
import { CorpusError, loadBundledCorpus } from '../../corpora/bundledCorpus.ts';
import { envelopeReply, EnvironmentSession, type EnvironmentsBySplit, type Played } from './environmentSession.ts';
import type { EnvironmentFailure, EnvironmentReply } from './reply.ts';
import { ResultWriter } from './resultWriter.ts';
import { runTool } from './tools/runTool.ts';
import { GATEWAY_TOOLS } from './tools/gatewayTools.ts';
import { createToolRegistry } from './tools/toolRegistry.ts';
import type { EnvironmentCall, EnvironmentKey, EnvironmentWorkerData, WorkerMessage, WorkerRequest } from './workerProtocol.ts';

/** Entry of a worker thread: plays the environments of its share, one request after the other, in order. */
const port = parentPort;
if (port === null) throw new Error('environmentWorker runs in a worker thread only');
const send = (message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const tools = createToolRegistry(GATEWAY_TOOLS);
const sessions = new Map<number, EnvironmentSession>();

function sessionOf(environments: EnvironmentsBySplit, key: EnvironmentKey): EnvironmentSession {
  let session = sessions.get(key);
  if (session === undefined) sessions.set(key, (session = new EnvironmentSession(environments)));
  return session;
}

function perform(environments: EnvironmentsBySplit, call: EnvironmentCall): EnvironmentReply {
  if (call.type === 'close') {
    sessions.delete(call.key);
    return { ok: true, json: 'null', done: false, facts: null };
  }
  const session = sessionOf(environments, call.key);
  switch (call.type) {
    case 'reset':
      return envelopeReply(session.reset(call.start, call.ignored));
    case 'step':
      return envelopeReply(session.step(call.action));
    case 'state':
      return session.state();
    case 'observation':
      return { ok: true, json: JSON.stringify(session.observation()), done: false, facts: null };
    case 'tool':
      return runTool(tools, session, call);
  }
}

/** Resets and steps, written as results of one batch; other calls have none. */
function playBatch(environments: EnvironmentsBySplit, calls: readonly EnvironmentCall[], envIds: readonly number[]): ResultWriter {
  const writer = new ResultWriter(expectedBytes * calls.length);
  for (const [index, call] of calls.entries()) {
    const played = guarded((): Played | EnvironmentFailure => {
      const session = sessionOf(environments, call.key);
      if (call.type === 'reset') return session.reset(call.start);
      return call.type === 'step' ? session.step(call.action) : FAILED;
    });
    writer.add(envIds[index] ?? 0, played);
  }
  return writer;
}

const FAILED: EnvironmentFailure = { ok: false, code: 'failed', message: 'The environment failed; reset it and try again.' };

function guarded<T>(play: () => T): T | EnvironmentFailure {
  try {
    return play();
  } catch {
    // Whatever went wrong inside stays inside: a stack or a path is nobody's business on the wire.
    return FAILED;
  }
}

/** Bytes of a result, as the batches so far tell. */
let expectedBytes = 8_192;
/** Left free for each result, so that a batch somewhat longer than the last needs no larger buffer. */
const HEADROOM = 1_024;

async function start(): Promise<void> {
  const { corpusDir } = workerData as EnvironmentWorkerData;
  const pool = await loadBundledCorpus(corpusDir);
  const environments = Object.fromEntries(
    SPLITS.map((split): [Split, Environment] => [split, { config: { ...DEFAULT_CONFIG, split }, pool }]),
  ) as EnvironmentsBySplit;
  port?.on('message', ({ id, calls, envIds }: WorkerRequest) => {
    if (envIds === undefined) {
      send({ type: 'replies', id, replies: calls.map((call) => guarded(() => perform(environments, call))) });
      return;
    }
    const { outcomes, share } = playBatch(environments, calls, envIds).finish();
    expectedBytes = Math.ceil(share.body.length / calls.length) + HEADROOM;
    send({ type: 'results', id, outcomes, share }, [share.body.buffer]);
  });
  const corpus = { sha256: pool.hash, servers: pool.servers, tools: pool.tools };
  send({ type: 'ready', corpus, tools: tools.descriptions });
}

try {
  await start();
} catch (error) {
  send({ type: 'unusable', message: error instanceof CorpusError ? error.message : 'The environment worker could not start.' });
}
