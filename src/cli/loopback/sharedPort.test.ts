import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { buildServer } from '../../backend/openenv/buildServer.ts';
import { createEnvironmentServerService, type EnvironmentServerService } from '../../backend/openenv/environmentServerService.ts';
import { createAccess } from '../../backend/openenv/server/access.ts';
import { createTestServices, type TestServices } from '../../backend/testing/testServices.ts';
import { createHostPolicy } from '../../backend/web/hostPolicy.ts';
import { AccessControl } from './accessControl.ts';
import { createLoopbackServer } from './server.ts';

const RESOURCES = join(import.meta.dirname, '../../../resources');
const WORKER_URL = new URL('../../backend/openenv/environments/environmentWorker.ts', import.meta.url);

let folder: string;
let services: TestServices;
let service: EnvironmentServerService;
let close: () => Promise<void>;
let access: AccessControl;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-shared-'));
  await mkdir(join(folder, 'web'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>OmniGuard</title>');
  await writeFile(join(folder, 'web', 'index.html'), '<!doctype html><title>environment</title>');
  services = createTestServices();
  const log = (): undefined => undefined;
  const noModel = (): never => expect.fail('no model is needed');
  service = createEnvironmentServerService({
    build: (mode) =>
      buildServer(
        {
          workerUrl: WORKER_URL,
          corpusDir: join(RESOURCES, 'corpus'),
          workers: 1,
          access: createAccess({ host: '127.0.0.1', token: null }),
          inference: { registry: { entry: noModel } as never, loadDefender: noModel },
          webInterface: { pageDir: join(folder, 'web') },
          logger: { info: log, warn: log, error: log },
        },
        mode,
      ),
    token: null,
    settingsFile: null,
    shared: { mode: 'simulation' },
    onFailure: (error) => expect.fail(String(error)),
  });
  access = new AccessControl();
  const server = await createLoopbackServer({
    router: services.router,
    rendererDir: folder,
    access,
    hosts: createHostPolicy('127.0.0.1'),
    onError: () => undefined,
    environment: {
      handle: (request, response) => service.handle(request, response),
      upgrade: (request, socket, head) => service.upgrade(request, socket, head),
      landing: '/web/',
    },
  });
  origin = await server.listen({ host: '127.0.0.1', port: 0 });
  service.announce('127.0.0.1', Number(new URL(origin).port));
  await service.start();
  close = async () => {
    await service.dispose();
    await server.close();
  };
});
afterAll(async () => {
  await close();
  await services.live.dispose();
  await rm(folder, { recursive: true });
});

async function cookie(): Promise<string> {
  const answer = await fetch(`${origin}/?token=${access.issue()}`, { redirect: 'manual' });
  return answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

/** The status that refuses the upgrade, or `open`. */
function upgrade(path: string, headers: Record<string, string> = {}): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, { headers });
    socket.once('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.once('unexpected-response', (_call, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => undefined);
  });
}

describe('one port for the interface and the environments', () => {
  it('asks for a session at the interface only', async () => {
    expect(await (await fetch(`${origin}/health`)).json()).toEqual({ status: 'healthy' });
    expect((await fetch(`${origin}/reset`, { method: 'POST' })).status).toBe(200);
    expect((await fetch(`${origin}/assets/x.js`)).status).toBe(401);
    const headers = { cookie: await cookie() };
    const page = await fetch(`${origin}/`, { headers });
    expect(await page.text()).toContain('<title>OmniGuard</title>');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetch(`${origin}/metadata`, { headers })).headers.get('content-security-policy')).toBeNull();
    expect(await (await fetch(`${origin}/nowhere`)).json()).toEqual({ detail: 'Not Found' });
  });

  it('sends strangers to the page of the environment', async () => {
    const answer = await fetch(`${origin}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/web/']);
    expect(await (await fetch(`${origin}/web/`)).text()).toContain('environment');
    expect((await fetch(`${origin}/?token=wrong`)).status).toBe(401);
  });

  it('keeps the WebSockets of both apart', async () => {
    expect(await upgrade('/ws')).toBe('open');
    expect(await upgrade('/mcp')).toBe('open');
    expect(await upgrade('/rpc', { origin })).toBe(401);
    expect(await upgrade('/rpc', { origin, cookie: await cookie() })).toBe('open');
    expect(await upgrade('/ws', { origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade('/nowhere')).toBe(404);
  });

  it('answers 503 while the environments are off, and comes back in another mode', async () => {
    const port = Number(new URL(origin).port);
    expect(service.status()).toMatchObject({ state: 'on', sharedPort: true, address: origin, settings: { port } });
    await service.configure({ enabled: false, port, mode: 'simulation' });
    expect((await fetch(`${origin}/health`)).status).toBe(503);
    expect(await upgrade('/ws')).toBe(503);
    expect((await fetch(`${origin}/`, { headers: { cookie: await cookie() } })).status).toBe(200);
    await expect(service.configure({ enabled: true, port: port === 1 ? 2 : 1, mode: 'simulation' })).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await service.configure({ enabled: true, port, mode: 'production' });
    expect((await fetch(`${origin}/reset`, { method: 'POST' })).status).toBe(404);
    expect(await upgrade('/ws')).toBe('open');
  });
});
