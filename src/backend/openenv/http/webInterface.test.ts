import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { realPool, startTestServer, type TestServer } from '../testing/testServer.ts';

const TOKEN = 'a-token-for-the-page';

let folder: string;
let pool: EnvironmentPool;
let server: TestServer;
let plain: TestServer;
let guarded: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-web-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  pool = await realPool();
  const webInterface = { pageDir: folder };
  [server, plain, guarded] = await Promise.all([
    startTestServer(pool, { webInterface }),
    startTestServer(pool),
    startTestServer(pool, { webInterface, token: TOKEN }),
  ]);
});
afterAll(async () => {
  await Promise.all([server.close(), plain.close(), guarded.close()]);
  await pool.close();
  await rm(folder, { recursive: true });
});

describe('the web interface', () => {
  it('U1 / and /web lead to the page, which has its policy', async () => {
    for (const path of ['/', '/web']) {
      const answer = await fetch(`${server.url}${path}`, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([307, '/web/']);
    }
    const page = await fetch(`${server.url}/web/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    for (const path of ['/web/nowhere.js', '/web/%2e%2e/package.json']) expect((await fetch(`${server.url}${path}`)).status).toBe(404);
  });

  it('U1 behind a token in the path it leads back through it', async () => {
    const answer = await fetch(`${guarded.url}/t/${TOKEN}/`, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe('web/');
    expect((await fetch(`${guarded.url}/t/${TOKEN}/web/`)).status).toBe(200);
    expect((await fetch(`${guarded.url}/web/`)).status).toBe(401);
  });

  it('U1 reset, step in both forms and state share one environment, and windows are told', async () => {
    const watcher = await server.connect('/ws/ui');
    const update = async (): Promise<Record<string, unknown>> =>
      (JSON.parse(await watcher.text()) as { episode_state: Record<string, unknown> }).episode_state;
    expect(await update()).toMatchObject({ episode_id: null, step_count: 0, action_logs: [], is_reset: true });

    const reset = await server.post('/web/reset', { seed: 6, episode_id: 'mine' });
    expect(reset.body).toMatchObject({ reward: null, done: false, metadata: { episode_id: 'mine', seed: 6 } });
    expect(await update()).toMatchObject({ episode_id: 'mine', current_observation: reset.body.observation, is_reset: true });

    const step = await server.post('/web/step', { action: { action_type: 'BLOCK', rationale: 'not today' } });
    expect(step.status).toBe(200);
    const told = await update();
    expect(told).toMatchObject({ step_count: 1, current_observation: step.body.observation, is_reset: false });
    expect(Object.keys((told['action_logs'] as object[])[0] ?? {}).sort()).toEqual([
      'action',
      'done',
      'observation',
      'reward',
      'step_count',
      'timestamp',
    ]);
    expect((await server.post('/web/step', { message: 'SPOTLIGHT' })).status).toBe(200);
    expect(await update()).toMatchObject({ step_count: 2, action_logs: [{ step_count: 1 }, { step_count: 2 }] });
    expect((await server.get('/web/state')).body).toMatchObject({ episode_id: 'mine', step_count: 2, seed: 6 });
    expect((await server.get('/web/metadata')).body).toMatchObject({ name: 'omniguard' });
    expect((await server.post('/web/reset')).status).toBe(200);
    expect(await update()).toMatchObject({ step_count: 0, is_reset: true });
    expect(server.activity().sessions).toEqual([]);
    watcher.drop();
  });

  it.each([
    ['/web/step', { message: 'do something' }],
    ['/web/step', { action: { action_type: 'PERMIT' } }],
    ['/web/step', { action: { type: 'list_tools' } }],
    ['/web/step', undefined],
    ['/web/reset', { seed: -1 }],
    ['/web/reset', '{"seed"'],
  ])('U1 %s refuses %j', async (path, body) => {
    expect((await server.post(path, body)).status).toBe(422);
  });

  it('U1 is not there unless it was asked for', async () => {
    for (const path of ['/', '/web', '/web/', '/web/state', '/web/metadata']) expect((await plain.get(path)).status).toBe(404);
    for (const path of ['/web/reset', '/web/step']) expect((await plain.post(path, {})).status).toBe(404);
    await expect(plain.connect('/ws/ui')).rejects.toThrow('404');
  });
});
