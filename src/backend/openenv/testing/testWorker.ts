import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import type { JsonValue } from '../../../contract/json.ts';
import type { EnvironmentReply } from '../environments/reply.ts';
import type { EnvironmentSession } from '../environments/environmentSession.ts';
import { runTool } from '../environments/tools/runTool.ts';
import { defineTool, ToolError } from '../environments/tools/tool.ts';
import { createToolRegistry } from '../environments/tools/toolRegistry.ts';
import type { EnvironmentCall, WorkerMessage, WorkerRequest } from '../environments/workerProtocol.ts';

/**
 * A worker for tests that does as the `rationale` of an action tells it: `slow MS`, `big BYTES`, `throw`, `exit`, `hang`.
 * It counts the steps of each environment, and tells in `closed` which environments were let go of.
 */
const counts = new Map<number, number>();
let closed = 0;

const tools = createToolRegistry([
  defineTool({
    name: 'echo',
    description: 'Gives its text back.',
    input: z.strictObject({ text: z.string() }),
    run: (_session, { text }) => ({ text }),
  }),
  defineTool({
    name: 'sleep',
    description: 'Sleeps.',
    input: z.strictObject({ ms: z.int().min(0) }),
    run: (_session, { ms }): JsonValue => {
      pause(ms);
      return 'awake';
    },
  }),
  defineTool({
    name: 'fail',
    description: 'Fails.',
    input: z.strictObject({}),
    run: () => {
      throw new ToolError('it cannot be done');
    },
  }),
  defineTool({ name: 'for_agents', description: 'Production only.', modes: ['production'], input: z.strictObject({}), run: () => 1 }),
  defineTool({
    name: 'closed_environments',
    description: 'How many environments were let go of.',
    input: z.strictObject({}),
    run: () => closed,
  }),
]);

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function perform(call: EnvironmentCall): EnvironmentReply {
  switch (call.type) {
    case 'reset':
      counts.set(call.key, 0);
      return envelope({ said: '' }, null, call.start.episodeId);
    case 'step':
      return step(call.key, call.action.rationale ?? '');
    case 'state':
      return { ok: true, json: JSON.stringify({ episode_id: null, step_count: counts.get(call.key) ?? 0 }), done: false, facts: null };
    case 'observation':
      return { ok: true, json: 'null', done: false, facts: null };
    case 'tool':
      return runTool(tools, undefined as unknown as EnvironmentSession, call);
    case 'close':
      if (counts.delete(call.key)) closed += 1;
      return { ok: true, json: 'null', done: false, facts: null };
  }
}

function step(key: number, order: string): EnvironmentReply {
  const [word, value] = order.split(' ');
  switch (word) {
    case 'slow':
      pause(Number(value));
      break;
    case 'hang':
      for (;;) pause(1_000);
    case 'throw':
      return { ok: false, code: 'failed', message: 'the environment stumbled' };
    case 'exit':
      process.exit(1);
      break;
    default:
  }
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return envelope({ said: word === 'big' ? 'x'.repeat(Number(value)) : order, count }, 0.5, 'test');
}

function envelope(observation: object, reward: number | null, episode_id: string): EnvironmentReply {
  return {
    ok: true,
    json: JSON.stringify({ observation, reward, done: false, metadata: { episode_id } }),
    done: false,
    facts: null,
  };
}

const port = parentPort;
if (port === null) throw new Error('testWorker runs in a worker thread only');
const send = (message: WorkerMessage): void => port.postMessage(message);
port.on('message', (request: WorkerRequest) => send({ type: 'replies', id: request.id, replies: request.calls.map(perform) }));
send({ type: 'ready', corpus: { sha256: 'c'.repeat(64), servers: 1, tools: 1 }, tools: tools.descriptions });
