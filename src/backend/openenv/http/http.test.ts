import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { TASKS_PER_SPLIT } from '../environments/tasks.ts';
import { realPool, startTestServer, wilfulPool, type Reply, type TestServer } from '../testing/testServer.ts';

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

const ALLOW = { action_type: 'ALLOW', rationale: 'looks harmless' };

/** A request whose method and headers fetch would not send. */
function raw(
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; allow: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(`${server.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, allow: response.headers.allow, text }));
    });
    call.on('error', reject).end(body);
  });
}

describe('HTTP', () => {
  it('H1 /health is exactly healthy', async () => {
    expect(await raw('GET', '/health')).toMatchObject({ status: 200, text: '{"status":"healthy"}' });
  });

  it('H2 /metadata has its six keys', async () => {
    const { status, body } = await server.get('/metadata');
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['author', 'description', 'documentation_url', 'name', 'readme_content', 'version']);
    expect(body['name']).toEqual(expect.any(String));
    expect(body['description']).toEqual(expect.any(String));
  });

  it('H3 /schema forbids unknown keys, points nowhere outside, and fits every observation', async () => {
    const { body } = await server.get('/schema');
    for (const name of ['action', 'observation', 'state', 'reset']) expect(body[name]).toMatchObject({ type: 'object' });
    expect(body['action']).toMatchObject({ additionalProperties: false });
    expect(body['observation']).toMatchObject({ additionalProperties: false });
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"([^"]*)"/g)].map(([, to]) => to);
    expect(references.filter((to) => to?.startsWith('#') !== true)).toEqual([]);

    const observation = z.fromJSONSchema(body['observation']);
    const state = z.fromJSONSchema(body['state'] as Parameters<typeof z.fromJSONSchema>[0]);
    const client = await server.connect();
    for (const phase of ['bootstrapping', 'evasion_obfuscation', 'chained_exploitation']) {
      let frame = await client.reset({ seed: 5, phase });
      for (;;) {
        const { observation: seen, ...lifted } = frame.data;
        expect(observation.safeParse({ ...seen, ...lifted }).error).toBeUndefined();
        expect(state.safeParse(await client.state()).error).toBeUndefined();
        if (frame.data.done) break;
        frame = await client.step({ action_type: 'SPOTLIGHT', rationale: 'held for review' });
      }
    }
    await client.leave();
  });

  it.each([
    ['no body', undefined],
    ['null', 'null'],
    ['an empty object', {}],
    ['known and unknown keys', { seed: 3, episode_id: 'e1', foo: 1 }],
  ])('H4 POST /reset with %s answers with an envelope', async (_name, body) => {
    const { status, body: envelope } = await server.post('/reset', body);
    expect(status).toBe(200);
    expect(Object.keys(envelope).sort()).toEqual(['done', 'metadata', 'observation', 'reward']);
    expect(envelope).toMatchObject({ reward: null, done: false });
    expect(envelope.observation['prompt']).toEqual(expect.stringMatching(/./));
  });

  it('H4 tells which arguments had no effect', async () => {
    const { body } = await server.post('/reset', { seed: 3, episode_id: 'e1', foo: 1, sede: 2 });
    expect(body.metadata).toMatchObject({ seed: 3, episode_id: 'e1', ignored_arguments: ['foo', 'sede'] });
  });

  it('H4 takes a body without a content type, or with a wrong one', async () => {
    for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }] as Record<
      string,
      string
    >[]) {
      const { status, text } = await raw('POST', '/reset', '{"seed":4}', headers);
      expect([status, (JSON.parse(text) as Reply).metadata['seed']]).toEqual([200, 4]);
    }
  });

  it.each([
    ['a negative seed', { seed: -1 }, 'greater_than_equal', ['body', 'seed']],
    ['a seed beyond 32 bits', { seed: 2 ** 32 }, 'less_than_equal', ['body', 'seed']],
    ['a seed as text', { seed: '3' }, 'float_type', ['body', 'seed']],
    ['half a seed', { seed: 1.5 }, 'int_type', ['body', 'seed']],
    ['a long episode id', { episode_id: 'e'.repeat(256) }, 'string_too_long', ['body', 'episode_id']],
    ['an unknown phase', { phase: 'nowhere' }, 'enum', ['body', 'phase']],
    ['a task beyond the last', { split: 'test', index: TASKS_PER_SPLIT }, 'less_than_equal', ['body', 'index']],
    ['an unknown option', { options: { sed: 1 } }, 'extra_forbidden', ['body', 'options', 'sed']],
    ['broken JSON', '{"seed":', 'json_invalid', ['body']],
    ['a list', '[1]', 'model_type', ['body']],
  ])('H5 POST /reset refuses %s', async (_name, body, type, loc) => {
    const answer = await server.post('/reset', body);
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toEqual([expect.objectContaining({ type, loc, msg: expect.any(String) as string })]);
    expect(answer.body.detail[0]).toHaveProperty('input');
  });

  it.each([
    ['an action', { action: ALLOW }],
    ['a timeout', { action: ALLOW, timeout_s: 5, request_id: 'r1' }],
    ['other top-level keys', { action: ALLOW, trace: 'x' }],
    ['metadata in the action', { action: { ...ALLOW, metadata: { anything: 1 } } }],
    ['nulls where there is nothing to say', { action: { ...ALLOW, confidence: null, mcp_restrictions: null }, timeout_s: null }],
  ])('H6 POST /step takes %s', async (_name, body) => {
    const answer = await server.post('/step', body);
    expect(answer.status).toBe(200);
    expect(answer.body['reward']).toEqual(expect.any(Number));
    expect(answer.body['done']).toEqual(expect.any(Boolean));
  });

  it.each([
    ['no action', {}, 'missing', ['body', 'action']],
    ['no body', undefined, 'missing', ['body']],
    ['an action that is no object', { action: 'ALLOW' }, 'dict_type', ['body', 'action']],
    ['an unknown key of the action', { action: { ...ALLOW, colour: 1 } }, 'extra_forbidden', ['colour']],
    ['a wrong type', { action: { ...ALLOW, confidence: 'high' } }, 'float_type', ['confidence']],
    ['an unknown action', { action: { action_type: 'PERMIT' } }, 'enum', ['action_type']],
    ['an action without its type', { action: { rationale: 'why' } }, 'missing', ['action_type']],
    ['a timeout of nothing', { action: ALLOW, timeout_s: 0 }, 'greater_than', ['body', 'timeout_s']],
    ['a long request id', { action: ALLOW, request_id: 'r'.repeat(256) }, 'string_too_long', ['body', 'request_id']],
  ])('H6 POST /step refuses %s', async (_name, body, type, loc) => {
    const answer = await server.post('/step', body);
    expect(answer.status).toBe(422);
    expect(answer.body.detail).toEqual([expect.objectContaining({ type, loc })]);
  });

  it('H7 requests over HTTP share nothing and take no slot', async () => {
    await server.post('/reset', { seed: 9, episode_id: 'mine' });
    const { body } = await server.post('/step', { action: ALLOW });
    expect(body.metadata['episode_id']).toBe('default');
    expect((await server.get('/state')).body).toMatchObject({ episode_id: null, step_count: 0 });
    expect(server.activity().sessions).toEqual([]);
    expect(server.activity().queues.workers[0]?.environments).toBe(0);
  });

  it('H8 /state has the same fields over HTTP and WebSocket', async () => {
    const client = await server.connect();
    await client.reset();
    const { body } = await server.get('/state');
    expect(Object.keys(body).sort()).toEqual(Object.keys(await client.state()).sort());
    expect(body).toHaveProperty('episode_id');
    expect(body).toHaveProperty('step_count');
    await client.leave();
  });

  it('H9 an environment that fails is a 500, and the server goes on', async () => {
    const wilful = await wilfulPool();
    const other = await startTestServer(wilful);
    try {
      const failed = await other.post('/step', { action: { action_type: 'ALLOW', rationale: 'throw' } });
      expect(failed).toMatchObject({ status: 500, body: { detail: 'the environment stumbled' } });
      expect((await other.post('/step', { action: ALLOW })).status).toBe(200);
      const late = await other.post('/step', { action: { action_type: 'ALLOW', rationale: 'slow 400' }, timeout_s: 0.05 });
      expect(late.status).toBe(504);
    } finally {
      await other.close();
      await wilful.close();
    }
  });

  it('H9 a server that ends answers what is in flight', async () => {
    const wilful = await wilfulPool();
    const other = await startTestServer(wilful);
    const inFlight = other.post('/step', { action: { action_type: 'ALLOW', rationale: 'slow 300' } });
    await expect.poll(() => wilful.queues()[0]?.depth).toBe(1);
    await other.close();
    expect(await inFlight).toMatchObject({ status: 200, body: { observation: { said: 'slow 300' } } });
    await wilful.close();
  });

  it('H9 unknown paths are 404, wrong methods 405', async () => {
    expect(await raw('GET', '/nowhere')).toMatchObject({ status: 404, text: '{"detail":"Not Found"}' });
    expect(await raw('GET', '/ws')).toMatchObject({ status: 404 });
    for (const [method, path, allow] of [
      ['GET', '/reset', 'POST'],
      ['PUT', '/step', 'POST'],
      ['POST', '/state', 'GET'],
      ['HEAD', '/health', 'GET'],
      ['OPTIONS', '/schema', 'GET'],
      ['PATCH', '/mcp', 'GET, POST, DELETE'],
      ['GET', '/mcp', 'POST'],
    ] as const) {
      const answer = await raw(method, path);
      expect([path, answer.status, answer.allow]).toEqual([path, 405, allow]);
      if (method !== 'HEAD') expect(JSON.parse(answer.text)).toEqual({ detail: 'Method Not Allowed' });
    }
  });

  it.each(['/%E0%A4%A', '/health/../../etc/passwd', '/\\', '//', '/%00'])(
    'H9 %s is refused without a trace of the inside',
    async (path) => {
      const { status, text } = await raw('GET', path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(JSON.parse(text)).toEqual({ detail: expect.any(String) as string });
    },
  );

  it('H9 a body over the limit is a 413', async () => {
    const { status, text } = await raw('POST', '/reset', ' '.repeat(17 * 1024 * 1024));
    expect([status, JSON.parse(text)]).toEqual([413, { detail: 'Request body is too large' }]);
  });
});

describe('modes', () => {
  it('V1 production has neither /reset nor /step nor /state, and everything else', async () => {
    const production = await startTestServer(pool, { mode: 'production' });
    try {
      expect((await production.post('/reset')).status).toBe(404);
      expect((await production.post('/step', { action: ALLOW })).status).toBe(404);
      expect((await production.get('/state')).status).toBe(404);
      for (const path of ['/health', '/metadata', '/schema', '/list_environments']) expect((await production.get(path)).status).toBe(200);
      expect((await production.post('/mcp', {})).status).toBe(200);
      const client = await production.connect();
      expect((await client.reset()).type).toBe('observation');
      await client.leave();
    } finally {
      await production.close();
    }
  });
});

describe('tasks', () => {
  const NAME = 'omniguard';

  it('T1 lists environments, splits and tasks', async () => {
    expect((await server.get('/list_environments')).body).toEqual([NAME]);
    expect((await server.get(`/${NAME.toUpperCase()}/splits`)).body).toEqual([
      { name: 'train', type: 'train' },
      { name: 'dev', type: 'validation' },
      { name: 'test', type: 'test' },
    ]);
    const { body } = await server.post(`/${NAME}/tasks`, { split: 'test' });
    expect(body['env_name']).toBe(NAME);
    expect(body['tasks']).toHaveLength(TASKS_PER_SPLIT);
    expect((await server.post(`/${NAME}/num_tasks`, { split: 'validation' })).body).toEqual({ num_tasks: TASKS_PER_SPLIT });
    const { body: range } = await server.post(`/${NAME}/task_range`, { split: 'train', start: 3, stop: 5 });
    expect(range['tasks']).toEqual([expect.objectContaining({ id: 'train/3', index: 3 }), expect.objectContaining({ id: 'train/4' })]);
  });

  it.each([
    ['another environment', 'post', '/other/tasks', { split: 'test' }, 404],
    ['another environment', 'get', '/other/splits', undefined, 404],
    ['an index beyond the last', 'post', `/${NAME}/task`, { split: 'test', index: TASKS_PER_SPLIT }, 400],
    ['a negative index', 'post', `/${NAME}/task`, { split: 'test', index: -1 }, 400],
    ['an unknown split', 'post', `/${NAME}/num_tasks`, { split: 'holdout' }, 400],
    ['no split', 'post', `/${NAME}/tasks`, {}, 422],
    ['an index as text', 'post', `/${NAME}/task`, { split: 'test', index: '1' }, 422],
  ] as const)('T1 refuses %s (%s %s)', async (_name, method, path, body, status) => {
    expect((await (method === 'get' ? server.get(path) : server.post(path, body))).status).toBe(status);
  });

  it('T1 reset(split, index) plays that task', async () => {
    const { body } = await server.post(`/${NAME}/task`, { split: 'test', index: 17 });
    const task = body['task'] as Readonly<Record<string, unknown>>;
    const client = await server.connect();
    const first = await client.reset({ split: 'test', index: 17 });
    expect(first.data.metadata).toMatchObject({ split: 'test', index: 17, seed: task['seed'], phase: task['phase'] });
    const again = await client.reset({ options: { split: 'test', index: 17 } });
    expect(again.data.observation).toEqual(first.data.observation);
    await client.leave();
  });
});
