import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentServices } from '../server/services.ts';
import { startFullServer, type FullServer } from '../testing/fullServer.ts';
import { limitRates } from './rateLimit.ts';
import { RateHistory } from './rateHistory.ts';

describe('RateHistory', () => {
  it('tells a minute by the second and the rate of the last ten whole seconds', () => {
    let now = 1_000_000;
    const history = new RateHistory(() => now);
    for (let second = 0; second < 100; second++) {
      for (let request = 0; request < second; request++) history.request();
      history.steps(2 * second);
      now += 1_000;
    }
    const rates = history.rates();
    expect(rates.history).toHaveLength(60);
    expect(rates.history.map(({ requests }) => requests)).toEqual(Array.from({ length: 60 }, (_, index) => 40 + index));
    expect(rates.history.at(-1)).toEqual({ requests: 99, steps: 198 });
    expect(rates.requestsPerSecond).toBe(94.5);
    expect(rates.stepsPerSecond).toBe(189);
    now += 30_000;
    expect(history.rates().requestsPerSecond).toBe(0);
    expect(history.rates().history[29]).toEqual({ requests: 99, steps: 198 });
    now += 3_600_000;
    expect(history.rates().history.every(({ requests, steps }) => requests + steps === 0)).toBe(true);
  });

  it('counts a young server by the seconds that it has', () => {
    let now = 5;
    const history = new RateHistory(() => now);
    expect(history.rates().requestsPerSecond).toBe(0);
    for (let request = 0; request < 8; request++) history.request();
    now += 2_000;
    for (let request = 0; request < 4; request++) history.request();
    now += 500;
    expect(history.rates().requestsPerSecond).toBeCloseTo(12 / 2.5, 9);
    expect(
      history
        .rates()
        .history.slice(0, 58)
        .every(({ requests }) => requests === 0),
    ).toBe(true);
  });
});

describe('the request log', () => {
  const SECRET = 'ZZ-payload-ZZ';
  let server: FullServer;
  beforeAll(async () => {
    server = await startFullServer();
  });
  afterAll(() => server.close());

  it('holds route, status, time and sizes, and nothing of what was sent', async () => {
    const message = { kind: 'call', message: { jsonrpc: '2.0', method: SECRET }, context: { transport: 'http', server: SECRET } };
    await server.post('/reset', { items: [{ env_id: 0, task_name: 'demo' }] });
    await server.post('/step', { actions: [{ env_id: 0, action_type: 'BLOCK', rationale: SECRET, metadata: { [SECRET]: SECRET } }] });
    await server.post('/step', { actions: [{ env_id: 0, action_type: SECRET }] });
    await server.post('/step', `{"broken": "${SECRET}`);
    await server.post('/api/infer', { model: 'trained', message });
    await server.post('/mcp', { jsonrpc: '2.0', id: SECRET, method: SECRET });
    await server.post(`/${SECRET}?${SECRET}=${SECRET}`, {});
    await fetch(`${server.url}/t/${SECRET}/health`);
    await server.post('/mcp?session_id=not%20an%20id', {});
    await fetch(`${server.url}/metadata`, { headers: { 'mcp-session-id': '0b8c1f0e-aaaa-4bbb-8ccc-000000000001', 'x-secret': SECRET } });
    expect(server.log.join('')).not.toContain(SECRET);
    const lines = server.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ route }) => route !== undefined);
    expect(lines.map(({ method, route, status }) => [method, route, status])).toEqual([
      ['POST', '/reset', 200],
      ['POST', '/step', 200],
      ['POST', '/step', 422],
      ['POST', '/step', 422],
      ['POST', '/api/infer', 200],
      ['POST', '/mcp', 200],
      ['POST', 'unknown', 404],
      ['GET', 'unknown', 404],
      ['POST', '/mcp', 200],
      ['GET', '/metadata', 200],
    ]);
    expect(lines[1]).toMatchObject({
      bytesIn: expect.any(Number) as number,
      bytesOut: expect.any(Number) as number,
      ms: expect.any(Number) as number,
    });
    expect(lines.map(({ session }) => session)).toEqual([...Array<undefined>(9).fill(undefined), '0b8c1f0e-aaaa-4bbb-8ccc-000000000001']);
  });
});

describe('limitRates', () => {
  it('answers 429 with Retry-After once a minute is used up, but never to health checks', async () => {
    const app = fastify();
    await limitRates({ perMinute: 3 })(app, {} as EnvironmentServices);
    for (const url of ['/step', '/health']) app.get(url, async () => 'fine');
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    try {
      const statuses: number[] = [];
      for (let request = 0; request < 5; request++) statuses.push((await fetch(`${url}/step`)).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429]);
      expect(Number((await fetch(`${url}/step`)).headers.get('retry-after'))).toBeGreaterThan(0);
      for (let request = 0; request < 5; request++) expect((await fetch(`${url}/health`)).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
