import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { realPool, startTestServer, type TestServer } from '../testing/testServer.ts';

const FRAMES = 7_000;
const BODIES = 3_000;
const SEED = 20_261_127;
const ROOT = process.cwd();

let pool: EnvironmentPool;
let server: TestServer;

beforeAll(async () => {
  pool = await realPool();
  server = await startTestServer(pool);
});
afterAll(async () => {
  await server.close();
  await pool.close();
});

/** Requests that make sense, to be damaged. */
const SENSIBLE: readonly object[] = [
  { type: 'reset' },
  { type: 'reset', data: { seed: 1, episode_id: 'e', phase: 'bootstrapping', split: 'test', index: 3 } },
  { type: 'reset', data: { options: { seed: 1 }, request_id: 'r' } },
  { type: 'step', data: { action_type: 'ALLOW', rationale: 'why', confidence: 0.5, metadata: { request_id: 'r' } } },
  { type: 'step', data: { action_type: 'CAPABILITY_MEDIATION', mcp_restrictions: ['fs.read', 'net.egress'] } },
  { type: 'step', data: { type: 'list_tools' } },
  { type: 'step', data: { type: 'call_tool', tool_name: 'list_actions', arguments: {} } },
  { type: 'state' },
  { type: 'mcp', data: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} } },
  { type: 'mcp', data: { jsonrpc: '2.0', id: 1, method: 'openenv/session/create' } },
  {
    type: 'mcp',
    data: {
      jsonrpc: '2.0',
      id: 'a',
      method: 'tools/call',
      params: {
        name: 'inspect_message',
        arguments: {
          kind: 'call',
          message: { jsonrpc: '2.0', id: 1, params: { name: 't' } },
          context: { transport: 'stdio', server: 's' },
        },
      },
    },
  },
];

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, -1, 2 ** 53, 1e308, '', '\u0000', '\ud800', '__proto__', [], {}, 'x'.repeat(5_000)),
);

/** Puts an odd value in some place of a sensible one, takes a place away or adds one. */
const damaged = fc
  .tuple(
    fc.constantFrom(...SENSIBLE),
    fc.array(fc.nat(6), { maxLength: 5 }),
    odd,
    fc.constantFrom('put', 'drop', 'add', 'keep'),
    fc.string({ maxLength: 12 }),
  )
  .map(([sensible, path, value, how, name]) => {
    const root = structuredClone(sensible) as Record<string, unknown>;
    let place = root;
    let key = '';
    for (const turn of path) {
      const keys = Object.keys(place);
      key = keys[turn % Math.max(1, keys.length)] ?? '';
      const next = place[key];
      if (typeof next !== 'object' || next === null || Array.isArray(next)) break;
      place = next as Record<string, unknown>;
    }
    if (how === 'put' && key !== '' && Object.hasOwn(place, key)) place[key] = value;
    if (how === 'drop') delete place[key];
    if (how === 'add') Object.defineProperty(place, name, { value, enumerable: true, configurable: true });
    return JSON.stringify(root);
  });

const cut = fc
  .tuple(damaged, fc.nat(200), fc.string({ maxLength: 3 }))
  .map(([text, at, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1));
const text = fc.oneof(
  { weight: 6, arbitrary: damaged },
  { weight: 2, arbitrary: cut },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
);
const frame = fc.oneof(
  { weight: 9, arbitrary: text },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
);

/** What no reply may hold: a stack, a path of this machine, a module. */
const INSIDE =
  /\bat .+\(.+:\d+:\d+\)|node:internal|node_modules|\.ts:\d+|\/(?:home|work|root|usr|tmp)\/|[A-Z]:\\\\Users|ZodError|\[object Object\]/;

/** Messages of the corpus hold paths and code of their own, so what plays is searched for this checkout's path only. */
function showsInside(reply: string, isError: boolean): boolean {
  return reply.includes(ROOT) || (isError && INSIDE.test(reply));
}

/** Slot requests are part of the input; whoever made sessions over HTTP forgets them here. */
function endMcpSessions(): void {
  for (const { id, transport } of server.activity().sessions) if (transport === 'mcp_http') server.end(id);
}

describe('any input', () => {
  it(`${FRAMES} frames are answered one by one, and nothing breaks`, async () => {
    const frames = fc.sample(frame, { numRuns: FRAMES, seed: SEED });
    let client = await server.connect();
    for (const [index, sent] of frames.entries()) {
      client.send(sent);
      if (isClose(sent)) {
        expect((await client.closed).code).toBe(1000);
        client = await server.connect();
        continue;
      }
      const reply = await client.text();
      if (showsInside(reply, !reply.startsWith('{"type":"observation"')))
        expect.fail(`frame ${index} shows the inside: ${reply.slice(0, 300)}`);
      if (!/^\{"type":"(?:observation|state|mcp|error)","data":\{/.test(reply)) expect.fail(`frame ${index}: ${reply.slice(0, 300)}`);
    }
    expect((await client.reset({ seed: 1 })).type).toBe('observation');
    await client.leave();
    endMcpSessions();
    await server.sessions(0);
    expect(server.unexpected).toEqual([]);
    await expect
      .poll(() => server.activity().queues.workers)
      .toEqual([expect.objectContaining({ environments: 0, depth: 0, restarts: 0 })]);
  }, 60_000);

  it(`${BODIES} bodies are answered with JSON and a fitting status`, async () => {
    const paths = fc.constantFrom('/reset', '/step', '/mcp', '/omniguard/task', '/omniguard/task_range', '/health', '/%ff', '/t/x/step');
    const methods = fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'GET', 'DELETE');
    const bodies = fc.oneof(
      text,
      damaged.map((json) => JSON.stringify({ action: (JSON.parse(json) as { data?: unknown }).data ?? json })),
      damaged.map(dataOf),
    );
    for (const [method, path, body] of fc.sample(fc.tuple(methods, paths, bodies), { numRuns: BODIES, seed: SEED })) {
      const reply = await send(method, path, body);
      const told = `${method} ${path} ${body.slice(0, 200)}: ${reply.status} ${reply.text.slice(0, 200)}`;
      if (showsInside(reply.text, reply.status !== 200 || reply.text.startsWith('{"jsonrpc"'))) expect.fail(told);
      if (![200, 400, 404, 405, 422].includes(reply.status)) expect.fail(told);
      expect(() => JSON.parse(reply.text) as unknown, told).not.toThrow();
    }
    endMcpSessions();
    await server.sessions(0);
    expect(server.unexpected).toEqual([]);
    await expect
      .poll(() => server.activity().queues.workers)
      .toEqual([expect.objectContaining({ environments: 0, depth: 0, restarts: 0 })]);
  }, 60_000);
});

function dataOf(json: string): string {
  return JSON.stringify((JSON.parse(json) as { data?: unknown }).data ?? null);
}

function isClose(sent: string | Buffer): boolean {
  try {
    const value: unknown = JSON.parse(sent.toString());
    return JSON.stringify(value) === '{"type":"close"}';
  } catch {
    return false;
  }
}

function send(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(`${server.url}${path}`, { method, headers, agent: false }, (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: received }));
    });
    call.on('error', reject).end(body);
  });
}
