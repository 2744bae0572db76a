import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket as WsClient } from 'ws';
import type { Contract } from '../../contract/contract.ts';
import type { LiveBatch } from '../../contract/live.ts';
import { scenarioOf } from '../../engine/environment/testing/testPool.ts';
import { DEFAULT_SCOPE } from '../../backend/comparison/liveService.ts';
import type { BackendRouter } from '../../backend/router.ts';
import { serveMessagePorts, type ServedPort } from '../../backend/serveMessagePort.ts';
import { createTestServices, type TestServices, type TestServicesOptions } from '../../backend/testing/testServices.ts';
import { AccessControl } from './accessControl.ts';
import { createHostPolicy } from '../../backend/web/hostPolicy.ts';
import { createLoopbackServer } from './server.ts';

type Client = ContractRouterClient<Contract>;

/** One client connected to a router; `raw` sends a frame as it stands. */
interface Connected {
  readonly client: Client;
  readonly raw: (frame: string) => void;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

async function overMessagePort(router: BackendRouter): Promise<Connected> {
  const { port1, port2 } = new MessageChannel();
  serveMessagePorts(router)(asElectronPort(port2));
  port1.start();
  return {
    client: createORPCClient(new PortLink({ port: port1 })),
    raw: (frame) => port1.postMessage(frame),
    closed: new Promise((resolve) => port1.once('close', resolve)),
    close: async () => port1.close(),
  };
}

/** Electron wraps what arrives in an event; Node does not. */
function asElectronPort(port: MessagePort): ServedPort {
  return {
    on: (event: string, listener: (event: { readonly data: unknown }) => void) =>
      port.on(event, event === 'message' ? (data: unknown) => listener({ data }) : listener),
    postMessage: (message) => port.postMessage(message),
    close: () => port.close(),
  };
}

async function overWebSocket(router: BackendRouter): Promise<Connected> {
  const rendererDir = await mkdtemp(join(tmpdir(), 'omniguard-renderer-'));
  await writeFile(join(rendererDir, 'index.html'), '<!doctype html><title>OmniGuard</title>');
  const access = new AccessControl();
  const server: FastifyInstance = await createLoopbackServer({
    router,
    rendererDir,
    access,
    hosts: createHostPolicy('127.0.0.1'),
    onError: (error) => {
      throw error;
    },
  });
  const origin = await server.listen({ host: '127.0.0.1', port: 0 });
  const login = await fetch(`${origin}/?token=${access.issue()}`, { redirect: 'manual' });
  const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const socket = new WsClient(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    client: createORPCClient(new SocketLink({ websocket: socket })),
    raw: (frame) => socket.send(frame),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    close: async () => {
      socket.terminate();
      await server.close();
      await rm(rendererDir, { recursive: true });
    },
  };
}

describe.each([
  ['MessagePort', overMessagePort],
  ['WebSocket', overWebSocket],
])('the router over %s', (_name, connect) => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  });

  async function open(options: TestServicesOptions = {}): Promise<Connected & { readonly services: TestServices }> {
    const services = createTestServices(options);
    cleanUp.push(() => services.live.dispose());
    const connected = await connect(services.router);
    cleanUp.push(() => connected.close());
    return { ...connected, services };
  }

  /** Reads batches until one fits. */
  async function read(batches: AsyncIterable<LiveBatch>, fits: (batch: LiveBatch) => boolean): Promise<readonly LiveBatch[]> {
    const read: LiveBatch[] = [];
    for await (const batch of batches) {
      read.push(batch);
      if (fits(batch)) break;
    }
    return read;
  }

  const paused = ({ events }: LiveBatch) => events.some((event) => event.type === 'state' && event.state === 'paused');

  it('answers queries', async () => {
    const { client } = await open();
    expect(await client.system.info()).toMatchObject({ host: 'loopback', store: { writable: true, problem: null } });
    expect(await client.models.list()).toEqual([]);
    expect(await client.live.snapshot()).toMatchObject({ state: 'idle', seq: 0 });
    expect(await client.episodes.list({})).toEqual([]);
  });

  it('streams a comparison and shows the same steps in the store', async () => {
    const { client } = await open();
    const events = await client.live.events({ since: 0 });
    await client.live.next();
    const heard = (await read(events, paused)).flatMap((batch) => batch.events);
    expect(heard.map((event) => event.seq)).toEqual(heard.map((_, index) => index + 1));
    const steps = heard.flatMap((event) => (event.type === 'step' ? [event.step] : []));
    expect(steps).toHaveLength(2);
    const [episode] = await client.episodes.list({ limit: 1 });
    expect(episode?.models).toEqual({ baseline: 'nano-base', trained: 'nano-omniguard' });
    expect(await client.episodes.steps({ id: steps[0]?.episodeId ?? expect.fail() })).toEqual(steps);
    expect((await client.live.snapshot()).recent).toEqual(steps);
  });

  it('refuses with codes of the contract', async () => {
    const { client } = await open();
    const refusal = async (call: Promise<unknown>) => {
      const error: unknown = await call.catch((reason: unknown) => reason);
      return error instanceof ORPCError && error.defined ? [error.code, error.message] : error;
    };
    expect(await refusal(client.live.pause())).toEqual(['INVALID_STATE', 'No comparison is running.']);
    const unknown = { ...DEFAULT_SCOPE, trained: 'nowhere' as typeof DEFAULT_SCOPE.trained };
    expect(await refusal(client.live.configure(unknown))).toEqual(['MODEL_UNAVAILABLE', 'There is no model nowhere.']);
    const id = 'ep-00000000000000ff' as Parameters<Client['episodes']['steps']>[0]['id'];
    expect(await refusal(client.episodes.steps({ id }))).toEqual(['NOT_FOUND', 'There is no episode with this id.']);
  });

  it('names the field of bad input, and nothing has changed', async () => {
    const { client } = await open();
    await expect(client.live.configure({ ...DEFAULT_SCOPE, seed: -1 })).rejects.toThrow(/^seed: /);
    await expect(client.live.configure({ ...DEFAULT_SCOPE, extra: 1 } as typeof DEFAULT_SCOPE)).rejects.toThrow(/extra/);
    await expect(client.episodes.list({ limit: 1_000 })).rejects.toThrow(/^limit: /);
    expect((await client.live.snapshot()).scope.seed).toBe(DEFAULT_SCOPE.seed);
  });

  it('lets no inner message or path through', async () => {
    const { client, services } = await open();
    services.store.list = () => {
      throw new Error('ENOENT: /home/someone/secret.sqlite');
    };
    const error = await client.episodes.list({}).catch((reason: unknown) => reason);
    expect(JSON.stringify(error) + String(error)).not.toContain('someone');
    expect(String(error)).toContain('the log has the details');
    expect(services.unexpected).toHaveLength(1);
  });

  it('carries a message of 5 MiB from the engine to the client and the store', async () => {
    const big = scenarioOf({}, { kind: 'result', payload: { content: [{ type: 'text', text: 'a b\u200b '.repeat(1_310_720) }] } });
    const pool = {
      hash: 'a'.repeat(64),
      benignSession: () => [big, big, big],
      attack: () => big,
      chain: () => [big, big, big],
    };
    const { client } = await open({ pool });
    const events = await client.live.events({ since: 0 });
    await client.live.next();
    const steps = (await read(events, paused)).flatMap((batch) => batch.events).filter((event) => event.type === 'step');
    expect(steps).toHaveLength(2);
    expect(JSON.stringify(steps[0])).toContain('a b\u200b a b');
    expect(JSON.stringify(steps[0]).length).toBeGreaterThan(5_000_000);
    expect(JSON.stringify(await client.episodes.steps({ id: steps[0]?.step.episodeId ?? expect.fail() })).length).toBeGreaterThan(
      10_000_000,
    );
  });

  it('ends a stream when its reader goes, and serves on', async () => {
    const { client, services } = await open();
    const controller = new AbortController();
    const events = await client.live.events({ since: 0 }, { signal: controller.signal });
    await client.live.next();
    await read(events, paused);
    controller.abort();
    expect((await client.live.snapshot()).state).toBe('paused');
    expect(services.unexpected).toEqual([]);
  });

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"i":1}',
    '{"i":"1"}',
    '{"i":"1","p":{"u":"http://example.org/"}}',
    '{"i":"1","p":{"u":"/x","h":{"a":{}}}}',
    '"\u0000"',
  ])('closes the line at the malformed frame %j, and the backend stays up', async (frame) => {
    const { raw, closed, services } = await open();
    raw(frame);
    await closed;
    const again = await connect(services.router);
    cleanUp.push(() => again.close());
    expect((await again.client.live.snapshot()).state).toBe('idle');
  });

  it('answers an unknown procedure without falling over', async () => {
    const { client } = await open();
    const unknown = client as unknown as { system: { shutdown: () => Promise<void> } };
    await expect(unknown.system.shutdown()).rejects.toThrow();
    expect((await client.live.snapshot()).state).toBe('idle');
  });
});
