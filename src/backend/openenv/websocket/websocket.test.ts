import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { EnvironmentPoolError, type EnvironmentPool } from '../environments/environmentPool.ts';
import { realPool, startTestServer, wilfulPool, type TestServer } from '../testing/testServer.ts';
import { TestSocket, type Frame } from '../testing/testSocket.ts';

let pool: EnvironmentPool;
let wilful: EnvironmentPool;
let server: TestServer;

beforeAll(async () => {
  [pool, wilful] = await Promise.all([realPool(), wilfulPool()]);
  server = await startTestServer(pool);
});
afterAll(async () => {
  await server.close();
  await Promise.all([pool.close(), wilful.close()]);
});

const ALLOW = { action_type: 'ALLOW', rationale: 'looks harmless' };
const order = (rationale: string): object => ({ type: 'step', data: { action_type: 'ALLOW', rationale } });

/** Runs on a server of its own, over environments that do as they are told. */
async function onWilful(
  options: Parameters<typeof startTestServer>[1],
  run: (other: TestServer) => Promise<void>,
  on = wilful,
): Promise<void> {
  const other = await startTestServer(on, options);
  try {
    await run(other);
    expect(other.unexpected).toEqual([]);
  } finally {
    await other.close();
  }
}

describe('frames', () => {
  it('W1 reset, step and state nest as clients read them', async () => {
    const client = await server.connect();
    const reset = await client.reset({ seed: 7, episode_id: 'e7' });
    expect(reset.type).toBe('observation');
    expect(Object.keys(reset.data).sort()).toEqual(['done', 'metadata', 'observation', 'reward']);
    expect(reset.data).toMatchObject({ reward: null, done: false, metadata: { episode_id: 'e7', seed: 7 } });
    const step = await client.step(ALLOW);
    expect(step.data.reward).toEqual(expect.any(Number));
    for (const lifted of ['reward', 'done', 'metadata']) expect(step.data.observation).not.toHaveProperty(lifted);
    expect(step.data.metadata).toMatchObject({ rubric: { total: step.data.reward }, info: { verdict: expect.any(String) as string } });
    expect(await client.state()).toMatchObject({ episode_id: 'e7', step_count: 1 });
    await client.leave();
  });

  it('W2 reset needs no data; state and close take none; nothing takes unknown keys', async () => {
    const client = await server.connect();
    expect((await client.ask({ type: 'reset' })).type).toBe('observation');
    for (const [frame, loc] of [
      [{ type: 'state', data: {} }, ['data']],
      [{ type: 'close', data: {} }, ['data']],
      [{ type: 'reset', data: {}, id: 1 }, ['id']],
      [{ type: 'step' }, ['data']],
      [{ type: 'step', data: 'ALLOW' }, ['data']],
      [{ type: 'mcp', data: [] }, ['data']],
    ] as const) {
      const { type, data } = await client.ask(frame);
      expect([type, data.code, data.message]).toEqual(['error', 'VALIDATION_ERROR', 'Invalid message']);
      expect(data.errors).toEqual([expect.objectContaining({ loc })]);
    }
    await client.leave();
  });

  it('W3 an invalid action changes nothing', async () => {
    const client = await server.connect();
    await client.reset({ seed: 1 });
    for (const [action, loc] of [
      [{ action_type: 'PERMIT' }, ['action_type']],
      [{ ...ALLOW, confidence: 2 }, ['confidence']],
      [{ ...ALLOW, colour: 'red' }, ['colour']],
      [{ ...ALLOW, mcp_restrictions: ['everything'] }, ['mcp_restrictions', 0]],
      [{}, ['action_type']],
    ] as const) {
      const { data } = await client.step(action);
      expect([data.code, data.message]).toEqual(['VALIDATION_ERROR', 'Invalid message']);
      expect(data.errors[0]?.loc).toEqual(loc);
    }
    expect(await client.state()).toMatchObject({ step_count: 0 });
    expect((await client.step(ALLOW)).type).toBe('observation');
    await client.leave();
  });

  it('W4 an environment that throws answers with its sentence, and the session goes on', () =>
    onWilful({}, async (other) => {
      const client = await other.connect();
      expect((await client.ask(order('throw'))).data).toMatchObject({ code: 'EXECUTION_ERROR', message: 'the environment stumbled' });
      expect((await client.ask(order('again'))).data.observation).toEqual({ said: 'again', count: 1 });
      await client.leave();
    }));

  it('W5 broken frames are answered and survived', async () => {
    const client = await server.connect();
    for (const [frame, code] of [
      ['{"type":', 'INVALID_JSON'],
      ['', 'INVALID_JSON'],
      ['{"type":"step","data":{"confidence":NaN}}', 'INVALID_JSON'],
      ['['.repeat(200) + ']'.repeat(200), 'INVALID_JSON'],
      [Buffer.from([0xff, 0xfe, 0x00]), 'INVALID_JSON'],
      ['[1,2]', 'VALIDATION_ERROR'],
      ['"reset"', 'VALIDATION_ERROR'],
      ['{}', 'UNKNOWN_TYPE'],
      ['{"type":7}', 'UNKNOWN_TYPE'],
      ['{"type":"explode"}', 'UNKNOWN_TYPE'],
      ['{"type":"__proto__"}', 'UNKNOWN_TYPE'],
    ] as const) {
      const { type, data } = await client.ask(frame);
      expect([frame, type, data.code]).toEqual([frame, 'error', code]);
    }
    expect((await client.ask('{"type":"explode"}')).data.message).toBe('Unknown message type: explode');
    expect((await client.ask(Buffer.from('{"type":"state"}'))).type).toBe('state');
    await client.leave();
  });

  it('W6 pipelined frames are answered in order, and sessions see nothing of each other', () =>
    onWilful({}, async (other) => {
      const [one, two] = await Promise.all([other.connect(), other.connect()]);
      for (const word of ['slow 60', 'b', 'c', 'd']) one.send(order(word));
      for (let i = 0; i < 40; i++) two.send(order(`n${i}`));
      const said = async (client: TestSocket): Promise<unknown> => (await client.next()).data.observation['said'];
      expect([await said(one), await said(one), await said(one), await said(one)]).toEqual(['slow 60', 'b', 'c', 'd']);
      for (let i = 0; i < 40; i++) expect(await said(two)).toBe(`n${i}`);
      expect([(await one.state())['step_count'], (await two.state())['step_count']]).toEqual([4, 40]);
      await Promise.all([one.leave(), two.leave()]);
    }));
});

describe('the life of a session', () => {
  it('W7 close is answered by a plain 1000, and frees the slot and the environment', async () => {
    const client = await server.connect();
    await client.reset();
    client.send({ type: 'close' });
    expect(await client.closed).toEqual({ code: 1000, reason: '' });
    expect(client.unread).toBe(0);
    await server.sessions(0);
    expect(server.activity().queues.workers[0]?.environments).toBe(0);
  });

  it('W7 so does a connection that breaks, in the middle of a step too', () =>
    onWilful({}, async (other) => {
      const client = await other.connect();
      client.send(order('slow 100'));
      await sleep(20);
      client.drop();
      await other.sessions(0);
    }));

  it.each([0, 500])('W8 at capacity a client that waits %i ms still learns why', async (wait) => {
    await onWilful({ capacity: 2 }, async (other) => {
      const inside = await Promise.all([other.connect(), other.connect()]);
      await other.sessions(2);
      const client = await other.connect();
      await sleep(wait);
      client.send({ type: 'reset', data: {} });
      expect((await client.next()).data).toEqual({
        code: 'CAPACITY_REACHED',
        message: 'Server at capacity: 2/2 sessions active. Cannot accept new connections.',
        active_sessions: 2,
        max_sessions: 2,
      });
      expect(await client.closed).toEqual({ code: 1013, reason: 'CAPACITY_REACHED' });
      await inside[0].leave();
      await other.sessions(1);
      const after = await other.connect();
      expect((await after.reset()).type).toBe('observation');
    });
  });

  it('W8 a refused client that says nothing is closed too', () =>
    onWilful({ capacity: 1, timing: { refusalMs: 50 } }, async (other) => {
      await other.connect();
      await other.sessions(1);
      expect(await (await other.connect()).closed).toEqual({ code: 1013, reason: 'CAPACITY_REACHED' });
    }));

  it('W9 an environment that cannot be made is a FACTORY_ERROR and takes no slot', async () => {
    const broken: EnvironmentPool = {
      ...wilful,
      tools: wilful.tools,
      queues: () => [],
      open: () => {
        throw new EnvironmentPoolError('none left');
      },
    };
    await onWilful(
      {},
      async (other) => {
        const client = await other.connect();
        expect(await client.reset()).toEqual({
          type: 'error',
          data: {
            code: 'FACTORY_ERROR',
            message: "Environment factory 'OmniGuardEnvironment' failed to create instance.",
            factory_name: 'OmniGuardEnvironment',
          },
        });
        expect((await client.closed).code).toBe(1000);
        expect(other.activity().sessions).toEqual([]);
      },
      broken,
    );
  });

  it('W10 an unused session is ended once, told so, and served no more; watching does not keep it alive', () =>
    onWilful({ idleTimeoutMs: 200 }, async (other) => {
      const closedBefore = await closedEnvironments(other);
      const client = await other.connect();
      await client.ask(order('a'));
      const polling = setInterval(() => client.send({ type: 'state' }), 40);
      let frame: Frame;
      do frame = await client.next();
      while (frame.type === 'state');
      clearInterval(polling);
      expect(frame).toEqual({ type: 'error', data: { code: 'SESSION_ERROR', message: 'session idle timeout' } });
      expect((await client.closed).code).toBe(4408);
      await other.sessions(0);
      expect(await closedEnvironments(other)).toBe(closedBefore + 1);
    }));

  it('W10 a used session is not, and neither is one in the middle of a long step', () =>
    onWilful({ idleTimeoutMs: 200 }, async (other) => {
      const client = await other.connect();
      for (let i = 0; i < 4; i++) {
        await sleep(80);
        expect((await client.ask(order('still here'))).type).toBe('observation');
      }
      expect((await client.ask(order('slow 500'))).type).toBe('observation');
      await client.leave();
    }));

  it('W11 pings are answered during a long step', () =>
    onWilful({}, async (other) => {
      const client = await other.connect();
      client.send(order('slow 600'));
      await sleep(50);
      const before = performance.now();
      client.socket.ping();
      await new Promise((resolve) => client.socket.once('pong', resolve));
      expect(performance.now() - before).toBeLessThan(300);
      expect((await client.next()).type).toBe('observation');
      await client.leave();
    }));

  it('W11 a step beyond the deadline is an error, and the episode is over', async () => {
    const hasty = await wilfulPool({ deadlineMs: 150 });
    await onWilful(
      {},
      async (other) => {
        const client = await other.connect();
        await client.reset();
        const late = await client.ask(order('hang'));
        expect(late.data).toMatchObject({ code: 'EXECUTION_ERROR', message: 'The environment did not answer in time; reset it to go on.' });
        expect((await client.ask(order('on'))).data.code).toBe('EXECUTION_ERROR');
        let reset: Frame;
        do reset = await client.reset();
        while (reset.type === 'error');
        expect((await client.ask(order('anew'))).data.observation).toEqual({ said: 'anew', count: 1 });
        await client.leave();
      },
      hasty,
    );
    await hasty.close();
  });

  it('W11 a peer that answers no ping is dropped', () =>
    onWilful({ timing: { pingMs: 30, peerTimeoutMs: 90 } }, async (other) => {
      const { hostname, port } = new URL(other.url);
      const silent = connect(Number(port), hostname);
      silent.on('error', () => undefined);
      silent.write(`GET /ws HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`);
      silent.write('Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n');
      await other.sessions(1);
      await other.sessions(0);
      silent.destroy();
    }));

  it('W11 an observation of 10 MiB arrives whole', () =>
    onWilful({}, async (other) => {
      const client = await other.connect();
      const { data } = await client.ask(order(`big ${10 * 1024 * 1024}`));
      expect((data.observation['said'] as string).length).toBe(10 * 1024 * 1024);
      await client.leave();
    }));

  it('W11 a frame over the limit closes its socket and no other', () =>
    onWilful({}, async (other) => {
      const [large, small] = await Promise.all([other.connect(), other.connect()]);
      large.send(' '.repeat(16 * 1024 * 1024 + 1));
      expect((await large.closed).code).toBe(1009);
      expect((await small.reset()).type).toBe('observation');
      await small.leave();
    }));

  it('sends nothing that was not asked for', () =>
    onWilful({ timing: { pingMs: 20 } }, async (other) => {
      const client = await other.connect();
      await client.reset();
      await sleep(200);
      expect(client.unread).toBe(0);
      await client.leave();
    }));
});

/** How many environments the workers of this test have let go of. */
async function closedEnvironments(other: TestServer): Promise<number> {
  const { body } = await other.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'closed_environments' } });
  return body.result['data'] as number;
}

describe('access', () => {
  const TOKEN = 'a token of some length';

  it('W12 a foreign page is refused, a client without Origin is not', async () => {
    await expect(TestSocket.open(`${server.ws}/ws`, { origin: 'http://evil.example' })).rejects.toThrow('403');
    await expect(TestSocket.open(`${server.ws}/ws`, { headers: { host: 'evil.example' } })).rejects.toThrow('421');
    // A tunnel or a container's published port: the name is this machine's, the port another.
    const tunnelled = await TestSocket.open(`${server.ws}/ws`, { headers: { host: '127.0.0.1:9' } });
    await tunnelled.leave();
    await expect(TestSocket.open(`${server.ws}/nowhere`)).rejects.toThrow('404');
    const own = await TestSocket.open(`${server.ws}/ws`, { origin: server.url });
    await own.leave();
  });

  it('W12 the token works as path prefix, Basic and Bearer, and nothing works without it', () =>
    onWilful({ token: TOKEN }, async (other) => {
      const path = encodeURIComponent(TOKEN);
      const basic = `Basic ${Buffer.from(`anyone:${TOKEN}`).toString('base64')}`;
      const ways: readonly [url: string, headers: Record<string, string>][] = [
        [`${other.ws}/t/${path}/ws`, {}],
        [`${other.ws}/ws`, { authorization: basic }],
      ];
      for (const [url, headers] of ways) {
        const client = await TestSocket.open(url, { headers });
        expect((await client.reset()).type).toBe('observation');
        await client.leave();
      }
      const wrong: readonly Record<string, string>[] = [
        {},
        { authorization: 'Bearer wrong' },
        { authorization: basic.slice(0, -6) },
        { authorization: 'Basic !!' },
      ];
      for (const headers of wrong) await expect(TestSocket.open(`${other.ws}/ws`, { headers })).rejects.toThrow('401');
      await expect(TestSocket.open(`${other.ws}/t/wrong/ws`)).rejects.toThrow(/40[14]/);
      expect((await other.get('/health')).status).toBe(200);
      expect((await other.get('/metadata')).status).toBe(401);
      expect((await other.get(`/t/${path}/metadata`)).status).toBe(200);
    }));

  it('W12 a token of header characters works as Bearer', () =>
    onWilful({ token: 'Abcdef-0123456789' }, async (other) => {
      const client = await TestSocket.open(`${other.ws}/ws`, { headers: { authorization: 'Bearer Abcdef-0123456789' } });
      await client.leave();
    }));
});

describe('episodes', () => {
  it('W13 step before reset, step after done and a second reset are defined', async () => {
    const client = await server.connect();
    const first = await client.step(ALLOW);
    expect(first.data.metadata).toMatchObject({ episode_id: 'default', seed: 0 });
    await client.reset({ seed: 2, phase: 'chained_exploitation' });
    let frame: Frame;
    do frame = await client.step(ALLOW);
    while (!frame.data.done);
    expect(frame.data.observation).toMatchObject({ prompt: '', message: null });
    const steps = (await client.state())['step_count'] as number;
    const over = await client.step(ALLOW);
    expect(over.data).toEqual({ code: 'EXECUTION_ERROR', message: `The episode is over after ${steps} steps; start another one.` });
    expect(await client.state()).toMatchObject({ step_count: steps });
    expect((await client.reset({ seed: 3 })).data.metadata).toMatchObject({ seed: 3 });
    expect((await client.reset({ seed: 4 })).data.metadata).toMatchObject({ seed: 4 });
    expect(await client.state()).toMatchObject({ step_count: 0, seed: 4 });
    await client.leave();
  });

  it('W14 rewards are finite numbers or null, and NaN is never written', async () => {
    const client = await server.connect();
    await client.reset({ seed: 11, phase: 'evasion_obfuscation' });
    for (;;) {
      client.send({ type: 'step', data: { action_type: 'SEMANTIC_DIFF', rationale: 'compare', confidence: 0.5 } });
      const text = await client.text();
      expect(text).not.toMatch(/\b(NaN|Infinity)\b/);
      const { data } = JSON.parse(text) as Frame;
      expect(Number.isFinite(data.reward)).toBe(true);
      if (data.done) break;
    }
    await client.leave();
  });

  it('V3 episode_id is the requested one, step_count counts successful steps', async () => {
    const client = await server.connect();
    await client.reset({ episode_id: 'chosen', seed: 5 });
    expect(await client.state()).toMatchObject({ episode_id: 'chosen', step_count: 0, seed: 5 });
    await client.step({ action_type: 'BLOCK' });
    await client.step({ action_type: 'nonsense' });
    expect(await client.state()).toMatchObject({ step_count: 1 });
    const { data } = await client.reset();
    expect(data.metadata['episode_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(await client.state()).toMatchObject({ episode_id: data.metadata['episode_id'], step_count: 0 });
    await client.leave();
  });

  it.each([
    [{ sede: 1 }, "Invalid message: reset has no argument 'sede'; did you mean 'seed'?", ['sede']],
    [{ fase: 'bootstrapping' }, "Invalid message: reset has no argument 'fase'; did you mean 'phase'?", ['fase']],
    [{ difficulty: 'hard' }, "Invalid message: reset has no argument 'difficulty'; known are", ['difficulty']],
    [{ seed: -1 }, 'Invalid message: seed: Input should be greater than or equal to 0', ['seed']],
    [{ seed: 2 ** 53 }, 'Invalid message: seed: ', ['seed']],
  ])('a reset with %j is refused by name', async (data, message, loc) => {
    const client = await server.connect();
    const { data: error } = await client.reset(data);
    expect([error.code, error.errors[0]?.loc]).toEqual(['VALIDATION_ERROR', loc]);
    expect(error.message).toContain(message);
    await client.leave();
  });
});

describe('clients', () => {
  it('C1 the frames of GenericEnvClient, as it writes them', async () => {
    const client = await server.connect();
    for (const [text, type] of [
      ['{"type": "reset", "data": {}}', 'observation'],
      ['{"type": "reset", "data": {"seed": 7, "episode_id": "abc"}}', 'observation'],
      ['{"type": "step", "data": {"action_type": "BLOCK", "rationale": "\\u00fcber"}}', 'observation'],
      ['{"type": "state"}', 'state'],
    ]) {
      client.send(text);
      expect((await client.next()).type).toBe(type);
    }
    client.send('{"type": "close"}');
    expect((await client.closed).code).toBe(1000);
  });

  it('C2 64 sessions stay through a long wait and then step in parallel', () =>
    onWilful({ timing: { pingMs: 25, peerTimeoutMs: 100 } }, async (other) => {
      const clients = await Promise.all(Array.from({ length: 64 }, () => other.connect()));
      await Promise.all(clients.map((client) => client.reset()));
      // Forty ping intervals: at the default interval, a quarter of an hour.
      await sleep(1_000);
      const replies = await Promise.all(clients.map((client, index) => client.ask(order(`s${index}`))));
      expect(replies.map(({ data }) => data.observation['said'])).toEqual(clients.map((_, index) => `s${index}`));
      expect(other.activity().sessions).toHaveLength(64);
      await Promise.all(clients.map((client) => client.leave()));
    }));
});

describe('the end of the server', () => {
  it('answers what is in flight, then closes with 1001', async () => {
    const other = await startTestServer(wilful);
    const busy = await other.connect();
    const idle = await other.connect();
    busy.send(order('slow 150'));
    await sleep(30);
    const closing = other.close();
    expect((await busy.next()).data.observation).toMatchObject({ said: 'slow 150' });
    for (const client of [busy, idle]) expect(await client.closed).toEqual({ code: 1001, reason: 'server shutting down' });
    await closing;
    await expect(TestSocket.open(`${other.ws}/ws`)).rejects.toThrow();
  });

  it('a session ended by the operator is told', () =>
    onWilful({}, async (other) => {
      const client = await other.connect();
      await client.reset();
      const [row] = other.activity().sessions;
      expect(row).toMatchObject({ transport: 'ws', state: 'attached', lastCall: 'reset', resets: 1, steps: 0, remoteAddress: '127.0.0.1' });
      expect(other.end(row?.id ?? '')).toBe(true);
      expect((await client.next()).data.message).toBe('session ended by the operator');
      expect((await client.closed).code).toBe(4410);
      expect(other.end(row?.id ?? '')).toBe(false);
      expect(client.socket.readyState).toBe(WebSocket.CLOSED);
    }));
});
