import { WebSocket } from 'ws';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { startTestServer, wilfulPool, type TestServer } from '../testing/testServer.ts';
import type { TestSocket } from '../testing/testSocket.ts';

let pool: EnvironmentPool;
let server: TestServer;

beforeAll(async () => {
  pool = await wilfulPool();
  server = await startTestServer(pool, { resumeGraceMs: 400 });
});
afterAll(async () => {
  await server.close();
  await pool.close();
});

const act = (rationale: string, request_id?: string): object => ({
  action_type: 'ALLOW',
  rationale,
  ...(request_id === undefined ? {} : { metadata: { request_id } }),
});

/** A client that asked for the id of its session. */
async function resumable(): Promise<{ readonly client: TestSocket; readonly id: string }> {
  const client = await server.connect();
  const id = (await client.rpc('openenv/session/create')).result?.['session_id'] as string;
  return { client, id };
}

describe('a session whose client knows its id', () => {
  it('the handshake names the session, so that a proxy can bring its client back to this replica', async () => {
    const socket = new WebSocket(`${server.ws}/ws`);
    const opened = new Promise((resolve) => socket.once('open', resolve));
    const named = await new Promise((resolve) => socket.once('upgrade', ({ headers }) => resolve(headers['x-omniguard-session'])));
    await opened;
    socket.send(JSON.stringify({ type: 'mcp', data: { jsonrpc: '2.0', id: 1, method: 'openenv/session/create' } }));
    const reply = await new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString('utf8'))));
    expect(JSON.parse(reply)).toMatchObject({ data: { result: { session_id: named } } });
    socket.close();
    await server.sessions(0);
  });

  it('waits for it after a broken connection, and goes on where it was', async () => {
    const { client, id } = await resumable();
    await client.step(act('one'));
    client.drop();
    while (server.activity().sessions[0]?.state !== 'detached') await sleep(5);
    const again = await server.connect(`/ws?session_id=${id}`);
    expect((await again.step(act('two'))).data.observation).toEqual({ said: 'two', count: 2 });
    expect(server.activity().sessions).toEqual([expect.objectContaining({ id, state: 'attached', steps: 2 })]);
    await again.leave();
    await server.sessions(0);
  });

  it('is ended when nobody comes', async () => {
    const { client, id } = await resumable();
    client.drop();
    await sleep(150);
    expect(server.activity().sessions).toHaveLength(1);
    await server.sessions(0);
    const late = await server.connect(`/ws?session_id=${id}`);
    expect((await late.reset()).data.code).toBe('SESSION_ERROR');
    await late.closed;
  });

  it.each(['a close message', 'a closing handshake'])('is ended at once by %s', async (how) => {
    const { client } = await resumable();
    if (how === 'a close message') await client.leave();
    else client.socket.close(1000);
    await server.sessions(0);
  });

  it('cannot be taken while its connection lives', async () => {
    const { client, id } = await resumable();
    const thief = await server.connect(`/ws?session_id=${id}`);
    expect((await thief.reset()).data.message).toContain('already has a WebSocket attached');
    expect((await client.step(act('mine'))).data.observation).toMatchObject({ said: 'mine' });
    await client.leave();
    await server.sessions(0);
  });

  it('can be taken from a connection that only looks alive', async () => {
    const { client, id } = await resumable();
    client.socket.pause();
    const again = await server.connect(`/ws?session_id=${id}`);
    expect((await again.step(act('back'))).data.observation).toMatchObject({ said: 'back' });
    client.socket.resume();
    expect(await client.closed).toMatchObject({ code: 4409 });
    await again.leave();
    await server.sessions(0);
  });

  it('is not kept for a client that never asked', async () => {
    const client = await server.connect();
    await client.step(act('one'));
    client.drop();
    await server.sessions(0);
  });
});

describe('a repeated request', () => {
  it('is answered by the stored reply and not played again', async () => {
    const client = await server.connect();
    await client.reset({ request_id: 'r0', episode_id: 'kept' });
    client.send({ type: 'step', data: act('one', 'r1') });
    const first = await client.text();
    client.send({ type: 'step', data: act('one', 'r1') });
    expect(await client.text()).toBe(first);
    expect(await client.state()).toMatchObject({ step_count: 1 });
    expect((await client.step(act('two', 'r2'))).data.observation).toMatchObject({ count: 2 });
    await client.leave();
  });

  it('is answered once more over a new connection, even when it was in flight', async () => {
    const { client, id } = await resumable();
    client.send({ type: 'step', data: act('slow 150', 'r1') });
    await sleep(30);
    client.drop();
    const again = await server.connect(`/ws?session_id=${id}`);
    expect((await again.step(act('slow 150', 'r1'))).data.observation).toEqual({ said: 'slow 150', count: 1 });
    expect(await again.state()).toMatchObject({ step_count: 1 });
    await again.leave();
  });

  it('with other content is an error, for resets too', async () => {
    const client = await server.connect();
    await client.step(act('one', 'r1'));
    const { data } = await client.step(act('two', 'r1'));
    expect([data.code, data.errors[0]?.loc]).toEqual(['VALIDATION_ERROR', ['metadata', 'request_id']]);
    await client.reset({ seed: 1, request_id: 'r2' });
    expect((await client.reset({ seed: 2, request_id: 'r2' })).data.errors[0]?.loc).toEqual(['request_id']);
    await client.leave();
  });

  it('of a reset begins no second episode', async () => {
    const client = await server.connect();
    const first = await client.reset({ request_id: 'same' });
    const again = await client.reset({ request_id: 'same' });
    expect(again.data.metadata).toEqual(first.data.metadata);
    expect(first.data.metadata['episode_id']).toMatch(/^[0-9a-f-]{36}$/);
    await client.leave();
  });

  it('that failed is tried again', async () => {
    const client = await server.connect();
    expect((await client.step(act('throw', 'r1'))).data.code).toBe('EXECUTION_ERROR');
    expect((await client.step(act('throw', 'r1'))).data.code).toBe('EXECUTION_ERROR');
    expect((await client.step(act('fine', 'r1'))).type).toBe('observation');
    await client.leave();
  });
});

describe('environments of a worker that ended', () => {
  it('are lost until their reset, and never play another episode instead', async () => {
    const fragile = await wilfulPool();
    const other = await startTestServer(fragile);
    const [victim, culprit] = await Promise.all([other.connect(), other.connect()]);
    await victim.step(act('one'));
    expect((await culprit.step(act('exit'))).data.message).toBe('The environment was lost; reset it to go on.');
    while (!fragile.ready()) await sleep(5);
    for (const ask of [() => victim.step(act('two')), () => victim.ask({ type: 'state' })])
      expect((await ask()).data).toMatchObject({ code: 'EXECUTION_ERROR', message: 'The environment was lost; reset it to go on.' });
    await victim.reset();
    expect((await victim.step(act('anew'))).data.observation).toEqual({ said: 'anew', count: 1 });
    expect(other.activity().queues.workers[0]?.restarts).toBe(1);
    await other.close();
    await fragile.close();
  });
});
