import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerSettings } from '../../contract/environmentServer.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import { buildServer } from './buildServer.ts';
import { createEnvironmentServerService, type EnvironmentServerService } from './environmentServerService.ts';
import { createAccess } from './server/access.ts';
import { CORPUS_DIR } from './testing/testServer.ts';
import { TestSocket } from './testing/testSocket.ts';

const WORKER_URL = new URL('./environments/environmentWorker.ts', import.meta.url);

let folder: string;
const started: EnvironmentServerService[] = [];
const failures: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-service-'));
});
afterAll(async () => {
  await Promise.all(started.map((service) => service.dispose()));
  await rm(folder, { recursive: true });
});

function createService(settingsFile: string, token: string | null = null): EnvironmentServerService {
  const access = createAccess({ host: '127.0.0.1', token });
  const log = (): undefined => undefined;
  const noModel = (): never => {
    throw new InferenceError('missing', 'There is no model.');
  };
  const service = createEnvironmentServerService({
    build: (mode) =>
      buildServer(
        {
          workerUrl: WORKER_URL,
          corpusDir: CORPUS_DIR,
          workers: 1,
          access,
          inference: { registry: { entry: noModel } as never, loadDefender: noModel },
          logger: { info: log, warn: log, error: log },
        },
        mode,
      ),
    token,
    settingsFile,
    shared: null,
    onFailure: (error) => failures.push(error),
  });
  started.push(service);
  return service;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the environment server of the app', () => {
  it('is off until it is turned on, remembers that, and changes its mode', async () => {
    const file = join(folder, 'settings.json');
    const service = createService(file);
    await service.start();
    expect(service.status()).toEqual({
      state: 'off',
      problem: null,
      settings: { enabled: false, port: 8_000, mode: 'simulation' },
      address: null,
      sharedPort: false,
      tokenRequired: false,
      activity: null,
    });
    await expect(service.try({ method: 'GET', path: '/health' })).rejects.toMatchObject({ code: 'INVALID_STATE' });

    const settings: ServerSettings = { enabled: true, port: await freePort(), mode: 'simulation' };
    const on = await service.configure(settings);
    expect(on).toMatchObject({ state: 'on', address: `http://127.0.0.1:${settings.port}`, activity: { capacity: 64, sessions: [] } });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(settings);
    expect(await (await fetch(`${on.address}/health`)).json()).toEqual({ status: 'healthy' });

    const client = await TestSocket.open(`ws://127.0.0.1:${settings.port}/ws`);
    await client.reset();
    const [row] = service.status().activity?.sessions ?? [];
    if (row === undefined) expect.fail();
    service.endSession(row.id);
    expect((await client.closed).code).toBe(4410);
    expect(() => service.endSession(row.id)).toThrow('no such session');

    const tried = await service.try({ method: 'POST', path: '/reset', body: '{"seed":1}' });
    expect(tried).toMatchObject({ status: 200, truncated: false });
    expect(JSON.parse(tried.body)).toMatchObject({ metadata: { seed: 1 } });

    const held = await TestSocket.open(`ws://127.0.0.1:${settings.port}/ws`);
    await service.configure({ ...settings, mode: 'production' });
    expect((await held.closed).code).toBe(1001);
    expect((await service.try({ method: 'POST', path: '/reset' })).status).toBe(404);
    await service.dispose();
    expect(service.status()).toMatchObject({ state: 'off', settings: { enabled: true, mode: 'production' } });

    const next = createService(file);
    await next.start();
    expect(next.status()).toMatchObject({ state: 'on', settings: { mode: 'production' } });
    expect(await next.configure({ ...settings, enabled: false, mode: 'production' })).toMatchObject({ state: 'off', address: null });
    await expect(fetch(`http://127.0.0.1:${settings.port}/health`)).rejects.toThrow();
  });

  it('V2 meets the six criteria of `openenv validate` in both modes, H10', async () => {
    const service = createService(join(folder, 'validate.json'));
    const port = await freePort();
    for (const mode of ['simulation', 'production'] as const) {
      const { address } = await service.configure({ enabled: true, port, mode });
      const get = async (path: string): Promise<Record<string, unknown>> => {
        const answer = await fetch(`${address}${path}`);
        expect([path, answer.status]).toEqual([path, 200]);
        return (await answer.json()) as Record<string, unknown>;
      };
      const { openapi, info, paths } = (await get('/openapi.json')) as { openapi: string; info: { version: string }; paths: object };
      expect(openapi).toMatch(/^3\./);
      expect(info.version).toMatch(/^1\./);
      expect((await get('/health'))['status']).toBe('healthy');
      expect(await get('/metadata')).toMatchObject({ name: expect.any(String) as string, description: expect.any(String) as string });
      for (const part of Object.values(await get('/schema'))) expect(part).toEqual(expect.any(Object));
      const mcp = await fetch(`${address}/mcp`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
      expect([mcp.status, await mcp.json()]).toEqual([200, expect.objectContaining({ jsonrpc: '2.0' })]);
      for (const path of ['/reset', '/step', '/state']) expect(Object.hasOwn(paths, path)).toBe(mode === 'simulation');
      expect(paths).toHaveProperty('/mcp');
      expect((await fetch(`${address}/docs`)).status).toBe(200);
    }
  });

  it('says what is wrong with the port, and gets over it', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const address = blocker.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const service = createService(join(folder, 'taken.json'));
    expect(await service.configure({ enabled: true, port, mode: 'simulation' })).toMatchObject({
      state: 'failed',
      problem: `Port ${port} is taken by another program; choose another one.`,
    });
    expect(failures).toHaveLength(1);
    await new Promise((resolve) => blocker.close(resolve));
    expect(await service.configure({ enabled: true, port, mode: 'simulation' })).toMatchObject({ state: 'on', problem: null });
  });

  it('starts with the defaults when its settings cannot be read, and says when they cannot be kept', async () => {
    const file = join(folder, 'broken.json');
    await writeFile(file, '{"enabled": "perhaps"');
    const service = createService(file);
    await service.start();
    expect(service.status().state).toBe('off');
    const nowhere = createService(join(file, 'below-a-file.json'));
    await expect(nowhere.configure({ enabled: false, port: 8_000, mode: 'simulation' })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });

  it('tells who watches, at once and until they stop', async () => {
    const service = createService(join(folder, 'watched.json'), 'a-token-of-some-length');
    expect(service.token()).toBe('a-token-of-some-length');
    const controller = new AbortController();
    const states: string[] = [];
    const watching = (async () => {
      for await (const { state, tokenRequired } of service.watch(controller.signal)) {
        expect(tokenRequired).toBe(true);
        states.push(state);
        if (state === 'on') controller.abort();
      }
    })();
    const { address } = await service.configure({ enabled: true, port: await freePort(), mode: 'simulation' });
    await watching;
    expect([states[0], states.at(-1)]).toEqual(['off', 'on']);
    expect((await fetch(`${address}/schema`)).status).toBe(401);
    expect((await service.try({ method: 'GET', path: '/schema' })).status).toBe(200);
  });
});
