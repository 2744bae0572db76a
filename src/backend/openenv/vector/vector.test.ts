import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type z } from 'zod';
import { DEFAULT_CONFIG } from '../../../engine/environment/defaults.ts';
import { createEnvironmentPool } from '../environments/environmentPool.ts';
import { startFullServer, type Answer, type FullServer } from '../testing/fullServer.ts';
import { CORPUS_DIR } from '../testing/testServer.ts';
import { infoSchema } from './info.ts';
import { metricsSchema, type Metrics } from './metrics.ts';
import { VectorEnvironments } from './vectorEnvironments.ts';
import { prefersText } from './vectorRoutes.ts';
import { vectorReplySchema } from './wire.ts';

const WORKER = new URL('../environments/environmentWorker.ts', import.meta.url);

interface Detail {
  readonly detail: readonly {
    readonly type: string;
    readonly loc: readonly (string | number)[];
    readonly msg: string;
    readonly input: unknown;
  }[];
}
type Results = z.infer<typeof vectorReplySchema>['results'];

let server: FullServer;
beforeAll(async () => {
  server = await startFullServer();
});
afterAll(() => server.close());

async function results(answer: Promise<Answer>): Promise<Results> {
  const { status, text } = await answer;
  expect([status, status === 200 ? '' : text]).toEqual([200, '']);
  return vectorReplySchema.parse(JSON.parse(text)).results;
}

const reset = (items: readonly object[], at = server): Promise<Results> => results(at.post('/reset', { items }));
const step = (actions: readonly object[], at = server): Promise<Results> => results(at.post('/step', { actions }));

/** An action that never breaches. */
const CAREFUL = { action_type: 'REVOKE_STDIO', confidence: 0.9, rationale: 'Nothing may pass while this is tested.' };

describe('POST /reset with items and POST /step with actions', () => {
  it('answers in the order of the request, with what a session over WebSocket would see', async () => {
    const order = [5, 0, 31, 2];
    const begun = await reset(order.map((env_id) => ({ env_id, task_name: 'demo' })));
    expect(begun.map(({ env_id, reward, done }) => [env_id, reward, done])).toEqual(order.map((id) => [id, null, false]));
    expect(new Set(begun.map(({ observation }) => JSON.stringify(observation))).size).toBe(1);
    expect(begun[0]?.info).toEqual({ episode_id: 'vector-5-1', seed: 0, phase: 'bootstrapping', split: 'train', index: null });
    const single = (await server.post('/reset', { seed: 0, phase: 'bootstrapping' })).json<{ observation: unknown }>();
    expect(begun[0]?.observation).toEqual(single.observation);

    const played = await step(order.toReversed().map((env_id) => ({ env_id, ...CAREFUL })));
    expect(played.map(({ env_id }) => env_id)).toEqual(order.toReversed());
    for (const { reward, info, observation } of played) {
      expect(observation.position).toBe(1);
      const { rubric } = info as { rubric: Record<'security' | 'usability' | 'latency' | 'format' | 'total', number> };
      expect(reward).toBe(rubric.total);
      expect(rubric.security + rubric.usability + rubric.latency + rubric.format).toBeCloseTo(rubric.total, 9);
    }
  });

  it('plays equal tasks and actions equally, on two servers, byte for byte', async () => {
    const other = await startFullServer({ workers: 2 });
    const again = await startFullServer();
    try {
      const run = async (at: FullServer): Promise<string> => {
        const names = ['test/3', 'test/3', 'chained_exploitation', 'demo', 'train/7'];
        const items = names.map((task_name, env_id) => ({ env_id, task_name, ...(task_name.includes('/') ? {} : { seed: 9 }) }));
        const heard = [(await at.post('/reset', { items })).text];
        for (let turn = 0; turn < 4; turn++) {
          const kinds = ['REVOKE_STDIO', turn % 2 === 0 ? 'BLOCK' : 'REVOKE_STDIO'] as const;
          const answer = await at.post('/step', {
            actions: names.map((_, env_id) => ({ env_id, ...CAREFUL, action_type: env_id === 1 ? kinds[1] : kinds[0] })),
          });
          if (answer.status !== 200) return heard.join('');
          heard.push(answer.text);
        }
        return heard.join('');
      };
      const [first, second] = [await run(other), await run(again)];
      expect(first.length).toBeGreaterThan(20_000);
      expect(first).toBe(second);
    } finally {
      await Promise.all([other.close(), again.close()]);
    }
  });

  it('takes tasks, phases, seeds and splits by name', async () => {
    const begun = await reset([
      { env_id: 0, task_name: 'validation/12' },
      { env_id: 1, task_name: 'evasion_obfuscation', seed: 77, split: 'test' },
      { env_id: 2 },
      { env_id: 3, task_name: 'test/0', seed: 5, split: 'test' },
      { env_id: 4, task_name: null, seed: null, split: null },
    ]);
    const told = begun.map(({ info: { seed, phase, split, index } }) => ({ seed, phase, split, index }));
    const { task } = (await server.post('/omniguard/task', { split: 'validation', index: 12 })).json<{
      task: { seed: number; phase: string };
    }>();
    expect(told[0]).toEqual({ seed: task.seed, phase: task.phase, split: 'dev', index: 12 });
    expect(told[1]).toEqual({ seed: 77, phase: 'evasion_obfuscation', split: 'test', index: null });
    expect(told[2]).toMatchObject({ phase: 'bootstrapping', split: 'train', index: null });
    expect(told[3]).toMatchObject({ seed: 5, split: 'test', index: 0 });
    expect(told[2]?.seed).not.toBe(told[4]?.seed);
  });

  it('takes 512 items and refuses 513 as too many, whatever else is wrong with them', async () => {
    const many = await startFullServer({ vectorEnvironments: 600 });
    try {
      const list = (count: number, more: object): object[] => Array.from({ length: count }, (_, env_id) => ({ env_id, ...more }));
      expect(await reset(list(512, { task_name: 'demo' }), many)).toHaveLength(512);
      const long = 'The user asked for it and nothing speaks against it. '.repeat(40);
      expect(await step(list(512, { ...CAREFUL, rationale: long }), many)).toHaveLength(512);
      for (const [path, key] of [
        ['/reset', 'items'],
        ['/step', 'actions'],
      ] as const) {
        const refused = await many.post(path, { [key]: list(513, { nonsense: 1 }) });
        expect(refused.status).toBe(413);
        expect(refused.json<Detail>().detail).toEqual([expect.objectContaining({ type: 'too_long', loc: ['body', key] })]);
      }
    } finally {
      await many.close();
    }
  });

  const act = (more: object): object => ({ actions: [{ env_id: 0, action_type: 'BLOCK', ...more }] });
  it.each([
    ['/reset', ['body', 'items'], 'too_short', { items: [] }],
    ['/reset', ['body', 'items'], 'list_type', { items: 'all' }],
    ['/reset', ['body', 'items', 0, 'env_id'], 'missing', { items: [{}] }],
    ['/reset', ['body', 'items', 1, 'env_id'], 'greater_than_equal', { items: [{ env_id: 0 }, { env_id: -1 }] }],
    ['/reset', ['body', 'items', 0, 'env_id'], 'int_type', { items: [{ env_id: 1.5 }] }],
    ['/reset', ['body', 'items', 0, 'env_id'], 'env_id_unknown', { items: [{ env_id: 32 }] }],
    ['/reset', ['body', 'items', 2, 'env_id'], 'env_id_repeated', { items: [{ env_id: 3 }, { env_id: 4 }, { env_id: 3 }] }],
    ['/reset', ['body', 'items', 0, 'task'], 'extra_forbidden', { items: [{ env_id: 0, task: 'demo' }] }],
    ['/reset', ['body', 'seed'], 'extra_forbidden', { items: [{ env_id: 0 }], seed: 4 }],
    ['/reset', ['body', 'items', 0, 'task_name'], 'string_pattern_mismatch', { items: [{ env_id: 0, task_name: 'easy' }] }],
    ['/reset', ['body', 'items', 0, 'task_name'], 'string_pattern_mismatch', { items: [{ env_id: 0, task_name: 'test/1000' }] }],
    ['/reset', ['body', 'items', 0, 'split'], 'split_conflict', { items: [{ env_id: 0, task_name: 'test/1', split: 'train' }] }],
    ['/reset', ['body', 'items', 0, 'seed'], 'less_than_equal', { items: [{ env_id: 0, seed: 4_294_967_296 }] }],
    ['/step', ['body', 'actions'], 'too_short', { actions: [] }],
    ['/step', ['body', 'actions', 0, 'env_id'], 'env_id_unknown', act({ env_id: 99 })],
    ['/step', ['body', 'actions', 0, 'action_type'], 'enum', act({ action_type: 'DENY' })],
    ['/step', ['body', 'actions', 0, 'action_type'], 'missing', act({ action_type: undefined })],
    ['/step', ['body', 'actions', 0, 'confidence'], 'less_than_equal', act({ confidence: 2 })],
    ['/step', ['body', 'actions', 0, 'rationale'], 'string_too_long', act({ rationale: 'x'.repeat(8_001) })],
    ['/step', ['body', 'actions', 0, 'mcp_restrictions', 1], 'enum', act({ mcp_restrictions: ['fs.read', 'root'] })],
    ['/step', ['body', 'actions', 0, 'metadata'], 'dict_type', act({ metadata: [] })],
    ['/step', ['body', 'actions', 0, 'reason'], 'extra_forbidden', act({ reason: 'x' })],
  ])('%s refuses, at %j: %s', async (path, loc, type, body) => {
    const answer = await server.post(path, body);
    expect(answer.status).toBe(422);
    expect(answer.json<Detail>().detail).toEqual([expect.objectContaining({ type, loc, msg: expect.any(String) as string })]);
  });

  it('names an unknown task and what there is instead', async () => {
    const { detail } = (await server.post('/reset', { items: [{ env_id: 0, task_name: 'hard' }] })).json<Detail>();
    expect(detail[0]?.msg).toMatch(/no such task; known are demo, curriculum, bootstrapping.*SPLIT\/INDEX/);
  });

  it('plays nothing of a batch in which an environment was never reset or is done', async () => {
    const fresh = await startFullServer({ vectorEnvironments: 3 });
    try {
      await reset(
        [
          { env_id: 0, task_name: 'demo' },
          { env_id: 1, task_name: 'demo' },
        ],
        fresh,
      );
      const refused = await fresh.post('/step', { actions: [0, 1, 2].map((env_id) => ({ env_id, ...CAREFUL })) });
      expect([refused.status, refused.json<Detail>().detail]).toEqual([
        409,
        [expect.objectContaining({ type: 'environment_not_reset', loc: ['body', 'actions', 2, 'env_id'], input: 2 })],
      ]);
      let last = await step([{ env_id: 0, ...CAREFUL }], fresh);
      expect(last[0]?.observation.position).toBe(1);
      while (last[0]?.done === false) last = await step([{ env_id: 0, ...CAREFUL }], fresh);
      expect(last[0]).toMatchObject({ done: true, observation: { message: null, prompt: '' }, info: { summary: { steps: 16 } } });
      const over = await fresh.post('/step', { actions: [1, 0].map((env_id) => ({ env_id, ...CAREFUL })) });
      expect([over.status, over.json<Detail>().detail]).toEqual([
        409,
        [expect.objectContaining({ type: 'episode_over', loc: ['body', 'actions', 1, 'env_id'], input: 0 })],
      ]);
      expect((await step([{ env_id: 1, ...CAREFUL }], fresh))[0]?.observation.position).toBe(1);
      expect((await reset([{ env_id: 0, task_name: 'demo' }], fresh))[0]?.done).toBe(false);
    } finally {
      await fresh.close();
    }
  });

  it('keeps the order of requests that name the same environment at the same time', async () => {
    await reset([
      { env_id: 9, task_name: 'demo' },
      { env_id: 10, task_name: 'demo' },
    ]);
    const sent = Array.from({ length: 12 }, (_, turn) => step([{ env_id: turn % 3 === 0 ? 10 : 9, ...CAREFUL }]));
    const positions = (await Promise.all(sent)).map(([first]) => [first?.env_id, first?.observation.position]);
    for (const id of [9, 10]) {
      const own = positions.filter(([env]) => env === id).map(([, position]) => position);
      expect(own.toSorted((a, b) => Number(a) - Number(b))).toEqual(own.map((_, index) => index + 1));
    }
  });
});

describe('/metrics, /healthz, /readyz and /info', () => {
  it('count what was played', async () => {
    const fresh = await startFullServer({ vectorEnvironments: 4 });
    try {
      const metrics = async (): Promise<Metrics> => metricsSchema.parse((await fresh.get('/metrics')).json());
      expect((await metrics()).vector).toMatchObject({ steps: 0, mean_reward: null, alert_fatigue: null, rows: [{}, {}, {}, {}] });
      await reset(
        [0, 1, 2].map((env_id) => ({ env_id, task_name: `train/${env_id}` })),
        fresh,
      );
      let sum = 0;
      for (let turn = 0; turn < 16; turn++) {
        for (const { reward } of await step(
          [0, 1].map((env_id) => ({ env_id, ...CAREFUL })),
          fresh,
        ))
          sum += reward ?? 0;
      }
      const { vector, rates } = await metrics();
      expect(vector).toMatchObject({ environments: 4, steps: 32, episodes: 2, breaches: 0, actions: { REVOKE_STDIO: 32, ALLOW: 0 } });
      expect(vector?.mean_reward).toBeCloseTo(sum / 32, 9);
      const parts = vector?.mean_components;
      expect((parts?.security ?? 0) + (parts?.usability ?? 0) + (parts?.latency ?? 0) + (parts?.format ?? 0)).toBeCloseTo(sum / 32, 9);
      const { TP = 0, TN = 0, FP = 0, FN = 0 } = vector?.verdicts ?? {};
      expect(TP + TN + FP + FN).toBe(32);
      expect(vector?.alert_fatigue).toBe(FP / (FP + TN));
      expect(vector?.rows.map(({ condition, steps }) => [condition, steps])).toEqual([
        ['done', 16],
        ['done', 16],
        ['playing', 0],
        ['new', 0],
      ]);
      expect(rates.steps_per_second).toBeGreaterThan(0);
    } finally {
      await fresh.close();
    }
  });

  it('come as Prometheus text for those who ask for it', async () => {
    await reset([{ env_id: 0, task_name: 'demo' }]);
    await step([{ env_id: 0, ...CAREFUL }]);
    for (const [path, accept] of [
      ['/metrics', 'text/plain'],
      ['/metrics', 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'],
      ['/metrics/prometheus', 'application/json'],
    ] as const) {
      const { headers, text } = await server.get(path, accept);
      expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(text).toMatch(/^omniguard_environment_steps_total\{action="REVOKE_STDIO",verdict="\w\w"\} [1-9]/m);
      expect(text).toMatch(/^omniguard_http_request_duration_seconds_count\{route="\/reset",status="200"\} [1-9]/m);
      expect(text).toMatch(/^omniguard_worker_queue_depth\{worker="0"\} 0$/m);
      expect(text).toMatch(/^process_cpu_seconds_total /m);
      expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    }
    for (const accept of ['application/json', '*/*', 'text/html,*/*;q=0.8', 'text/plain;q=0.4,application/json'])
      expect((await server.get('/metrics', accept)).headers.get('content-type')).toMatch(/^application\/json/);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['TEXT/PLAIN', true],
    ['application/json,text/plain', false],
    ['application/json;q=0.1,text/plain;q=nonsense', false],
    ['application/openmetrics-text', true],
  ])('Accept %j asks for text: %j', (accept, text) => {
    expect(prefersText(accept)).toBe(text);
  });

  it('tell the environments, the queues and the spaces', async () => {
    expect((await server.get('/healthz')).json()).toMatchObject({
      status: 'ok',
      environments: 32,
      queues: { inference: 0, workers: [{ worker: 0 }] },
    });
    expect((await server.get('/readyz')).json()).toEqual({ ready: true, problem: null });
    const info = infoSchema.parse((await server.get('/info')).json());
    expect(info.environments).toBe(32);
    expect(info.reward.components.security).toMatchObject({ TP: 0.5, TN: 0.2, FP: -0.4, FN: -1 });
    expect(info.phases.map(({ rates }) => rates.malicious)).toEqual([0.35, 0.55, 0.72]);
    expect(info.corpora[0]).toMatchObject({ name: 'bundled', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(info.corpora[0]?.servers).toBeGreaterThanOrEqual(60);
    expect(info.action_space).toMatchObject({ type: 'object', additionalProperties: false });
  });
});

describe('VectorEnvironments', () => {
  it('moves through the curriculum by the episodes played in it, and never by others', async () => {
    const pool = await createEnvironmentPool({ workerUrl: WORKER, corpusDir: CORPUS_DIR, workers: 2 });
    try {
      let seed = 0;
      const curriculum = { ...DEFAULT_CONFIG.curriculum, alpha: 0.5, minEpisodes: 3, thresholds: [0.05, 0.99] as const };
      const vector = new VectorEnvironments({
        pool,
        telemetry: { steps: () => undefined },
        environments: 4,
        curriculum,
        freshSeed: () => seed++,
      });
      const play = async (task_name?: string): Promise<void> => {
        const ids = [0, 1, 2, 3];
        expect((await vector.reset({ items: ids.map((env_id) => ({ env_id, task_name })) })).status).toBe(200);
        for (let turn = 0; turn < 16; turn++)
          expect((await vector.step({ actions: ids.map((env_id) => ({ env_id, ...CAREFUL })) })).status).toBe(200);
      };
      await play('demo');
      await play('bootstrapping');
      expect(vector.curriculum()).toEqual({ phase: 'bootstrapping', average: 0, episodesInPhase: 0 });
      await play();
      const { phase, episodesInPhase } = vector.curriculum();
      // The third episode changed the phase; the fourth had begun before and says nothing about the new one.
      expect([phase, episodesInPhase]).toEqual(['evasion_obfuscation', 0]);
      await vector.reset({ items: [{ env_id: 0, task_name: 'curriculum' }] });
      expect(vector.rows()[0]?.task).toMatchObject({ name: 'curriculum', phase: 'evasion_obfuscation' });
      expect(vector.totals()).toMatchObject({ environments: 4, episodes: 12, steps: 192 });
      await vector.close();
      expect((await vector.step({ actions: [{ env_id: 0, ...CAREFUL }] })).status).toBe(503);
      expect(pool.queues().map(({ environments }) => environments)).toEqual([0, 0]);
    } finally {
      await pool.close();
    }
  });

  it('plays equal seeds on one worker and different ones on several', async () => {
    const pool = await createEnvironmentPool({ workerUrl: WORKER, corpusDir: CORPUS_DIR, workers: 2 });
    try {
      const vector = new VectorEnvironments({ pool, telemetry: { steps: () => undefined }, environments: 8 });
      const groups = (first: number): object[] =>
        Array.from({ length: 8 }, (_, env_id) => ({ env_id, task_name: 'bootstrapping', seed: first + (env_id % 2) }));
      for (const first of [10, 20, 30]) {
        await vector.reset({ items: groups(first) });
        const workers = vector.rows().map(({ worker }) => worker);
        expect(new Set(workers.filter((_, id) => id % 2 === 0)).size).toBe(1);
        expect(new Set(workers).size).toBe(2);
      }
      expect(pool.queues().map(({ environments }) => environments)).toEqual([4, 4]);
    } finally {
      await pool.close();
    }
  });
});
