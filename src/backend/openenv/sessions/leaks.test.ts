import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { realPool, startTestServer, type TestServer } from '../testing/testServer.ts';

const ROUNDS = 10;
const DROPS = 100;
/** What a thousand connections may leave behind: buffers and compiled code that the warm-up has not seen. */
const MOST_GROWTH_BYTES = 12 * 1024 * 1024;

let pool: EnvironmentPool;
let server: TestServer;

beforeAll(async () => {
  pool = await realPool();
  server = await startTestServer(pool, { resumeGraceMs: 100 });
});
afterAll(async () => {
  await server.close();
  await pool.close();
});

/** Connects, plays a little and breaks the connection, at another moment each time. */
async function dropped(index: number): Promise<void> {
  const client = await server.connect(index % 10 === 9 ? '/mcp' : '/ws');
  const moment = index % 5;
  if (moment === 1) client.send({ type: 'reset', data: { seed: index % 7 } });
  if (moment === 2) await client.ask({ type: 'reset', data: { seed: index % 7 } });
  if (moment === 3) client.send({ type: 'mcp', data: { jsonrpc: '2.0', id: 1, method: 'openenv/session/create' } });
  if (moment === 4 && index % 10 !== 9) await client.step({ action_type: 'BLOCK' });
  client.drop();
  await client.closed;
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

it(`${ROUNDS * DROPS} broken connections leave no session, no environment and no memory behind`, async () => {
  const round = async (): Promise<void> => {
    for (let start = 0; start < DROPS; start += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => dropped(start + i)));
    await server.sessions(0);
  };
  await round();
  await round();
  const before = heapAfterCollection();
  for (let i = 0; i < ROUNDS; i++) await round();
  expect(heapAfterCollection() - before).toBeLessThan(MOST_GROWTH_BYTES);
  await expect.poll(() => server.activity().queues.workers).toEqual([expect.objectContaining({ environments: 0, depth: 0, restarts: 0 })]);
  expect(server.unexpected).toEqual([]);
}, 60_000);
