import { request, type IncomingHttpHeaders } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTestServices, type TestServices } from '../../backend/testing/testServices.ts';
import { AccessControl } from './accessControl.ts';
import { defaultDataDir } from './dataDir.ts';
import { createHostPolicy, isLoopback } from '../../backend/web/hostPolicy.ts';
import { createLoopbackServer } from './server.ts';
import { startLoopbackHost } from './startLoopbackHost.ts';

const LASTING = 'a lasting secret of the operator';

let folder: string;
let services: TestServices;
let server: FastifyInstance;
let access: AccessControl;
let origin: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omniguard-server-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>OmniGuard</title>');
  await writeFile(join(folder, 'assets', 'index-abc.js'), 'export {};');
  services = createTestServices();
  access = new AccessControl({ token: LASTING });
  server = await createLoopbackServer({
    router: services.router,
    rendererDir: folder,
    access,
    hosts: createHostPolicy('127.0.0.1'),
    onError: () => undefined,
  });
  origin = await server.listen({ host: '127.0.0.1', port: 0 });
  port = Number(new URL(origin).port);
});
afterAll(async () => {
  await server.close();
  await services.live.dispose();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Unlike fetch, sends Host and Origin as told. */
function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on('error', reject).end();
  });
}

async function logIn(): Promise<string> {
  const { headers } = await get(`/?token=${access.issue()}`);
  return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
}

/** The HTTP status that refuses the upgrade, or `open`. */
function upgrade(headers: Record<string, string>): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers });
    socket.once('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.once('unexpected-response', (_call, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => undefined);
  });
}

describe('the way in', () => {
  it('trades the one-time token for a session, once', async () => {
    const token = access.issue();
    const first = await get(`/?token=${token}`);
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(first.headers['set-cookie']?.[0]).toMatch(new RegExp(`^omniguard_${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect((await get(`/?token=${token}`)).status).toBe(401);
    const cookie = first.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    expect(await get('/', { cookie })).toMatchObject({ status: 200 });
    expect(await get(`/?token=${token}`, { cookie })).toMatchObject({ status: 303, headers: { location: '/' } });
  });

  it("takes the operator's token any number of times", async () => {
    for (let round = 0; round < 3; round++) expect((await get(`/?token=${encodeURIComponent(LASTING)}`)).status).toBe(303);
  });

  it.each([
    ['/', {}],
    ['/assets/index-abc.js', {}],
    ['/', { cookie: 'omniguard_0=x' }],
    ['/', { cookie: `omniguard_PORT=${'A'.repeat(43)}` }],
    ['/?token=', {}],
    ['/?token=wrong', {}],
    ['/?token=a&token=b', {}],
  ])('refuses %s with %j', async (path, headers: Record<string, string>) => {
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]));
    const answer = await get(path, given);
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('<');
  });

  it('answers the health check without a session, and tells nothing else', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });
});

describe('a guesser', () => {
  it('is locked out for a minute after 20 wrong tokens', () => {
    let now = 0;
    const control = new AccessControl({ now: () => now });
    const token = control.issue();
    for (let guess = 0; guess < 20; guess++) expect(control.redeem(`guess ${guess}`)).toEqual({ ok: false, reason: 'wrong' });
    expect(control.redeem(token)).toEqual({ ok: false, reason: 'too_many' });
    now = 60_001;
    expect(control.redeem(token).ok).toBe(true);
  });
});

describe('Host and Origin', () => {
  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    '127.0.0.1:PORT.evil.example',
    'localhost.evil.example:PORT',
    '[::2]:PORT',
  ])('refuses Host %j on HTTP and WebSocket', async (host) => {
    const cookie = await logIn();
    const header = host.replace('PORT', String(port));
    for (const path of ['/', '/healthz', '/rpc']) expect((await get(path, { host: header, cookie })).status).toBeGreaterThanOrEqual(400);
    expect(await upgrade({ host: header, cookie, origin: `http://${header}` })).toBeGreaterThanOrEqual(400);
  });

  it.each(['http://evil.example', 'null', 'https://127.0.0.1:PORT', 'http://127.0.0.1:1', 'http://127.0.0.1:PORT.evil.example'])(
    'refuses Origin %j on HTTP and WebSocket',
    async (given) => {
      const cookie = await logIn();
      const header = given.replace('PORT', String(port));
      expect((await get('/', { origin: header, cookie })).status).toBe(403);
      expect(await upgrade({ origin: header, cookie })).toBe(403);
    },
  );

  it('lets its own page connect, by each of its names', async () => {
    const cookie = await logIn();
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const host = `${name}:${port}`;
      expect(await upgrade({ host, origin: `http://${host}`, cookie })).toBe('open');
    }
  });

  it('refuses a WebSocket without Origin, without a session or with a made-up one', async () => {
    const cookie = await logIn();
    expect(await upgrade({ cookie })).toBe(403);
    expect(await upgrade({ origin })).toBe(401);
    expect(await upgrade({ origin, cookie: `omniguard_${port}=${'A'.repeat(43)}` })).toBe(401);
  });
});

describe('pages', () => {
  it('carry the policy and the other security headers, refusals too', async () => {
    const cookie = await logIn();
    for (const answer of [
      await get('/', { cookie }),
      await get('/'),
      await get('/nowhere', { cookie }),
      await get('/', { host: 'evil.example' }),
    ]) {
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      expect(answer.headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('are cached only where their name holds a hash', async () => {
    const cookie = await logIn();
    expect((await get('/assets/index-abc.js', { cookie })).headers['cache-control']).toContain('immutable');
    expect((await get('/', { cookie })).headers['cache-control']).toBe('no-store');
  });

  it.each(['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fpackage.json', '/nowhere.js', '/%00.js', '/%E0%A4%A'])(
    'end at the folder: %s',
    async (path) => {
      expect((await get(path, { cookie: await logIn() })).status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('frames', () => {
  it('over the limit close the socket, and the server stays up', async () => {
    const cookie = await logIn();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers: { cookie, origin } });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('x'.repeat(5 * 1024 * 1024));
    expect(await new Promise((resolve) => socket.once('close', resolve))).toBe(1009);
    expect((await get('/healthz')).status).toBe(200);
  });

  it('of bytes are refused', async () => {
    const cookie = await logIn();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers: { cookie, origin } });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(Buffer.from([0xff, 0x00, 0xff]));
    expect(await new Promise((resolve) => socket.once('close', resolve))).toBe(1003);
  });
});

describe('starting', () => {
  const options = { dataDir: '/nonexistent' };

  it('demands a token before it listens beyond this machine', async () => {
    await expect(startLoopbackHost({ ...options, host: '0.0.0.0' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(startLoopbackHost({ ...options, host: '0.0.0.0', token: 'short' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('says what to do when the interface is not built', async () => {
    await expect(startLoopbackHost({ ...options, rendererDir: join(folder, 'nowhere') })).rejects.toThrow('npm run build');
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.evil.example', false],
    ['192.168.1.2', false],
  ])('knows that %s is %s to be this machine', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  it('keeps data where the platform wants it', () => {
    expect(defaultDataDir({}, 'linux', '/home/a')).toBe('/home/a/.local/share/omniguard');
    expect(defaultDataDir({ XDG_DATA_HOME: '/data' }, 'linux', '/home/a')).toBe('/data/omniguard');
    expect(defaultDataDir({ XDG_DATA_HOME: 'relative' }, 'linux', '/home/a')).toBe('/home/a/.local/share/omniguard');
    expect(defaultDataDir({}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Application Support/omniguard');
    expect(defaultDataDir({ OMNIGUARD_DATA: '/elsewhere' }, 'win32', 'C:')).toBe('/elsewhere');
  });
});
