import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../contract/actions.ts';
import { PHASES } from '../../../contract/observation.ts';
import { randomFrom } from '../../../engine/random/random.ts';
import type { EnvironmentPool } from '../environments/environmentPool.ts';
import { realPool, startTestServer, type TestServer } from '../testing/testServer.ts';
import type { Frame } from '../testing/testSocket.ts';

const EPISODES = 200;

let pools: readonly EnvironmentPool[];
let servers: readonly TestServer[];

beforeAll(async () => {
  pools = await Promise.all([realPool(), realPool()]);
  servers = await Promise.all(pools.map((pool) => startTestServer(pool)));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(pools.map((pool) => pool.close()));
});

/** SHA-256 of every byte that came back. */
async function play(server: TestServer, episodes: number): Promise<string> {
  const hash = createHash('sha256');
  const client = await server.connect();
  for (let seed = 0; seed < episodes; seed++) {
    const random = randomFrom(seed, 'actions');
    client.send({ type: 'reset', data: { seed, episode_id: `e${seed}`, phase: PHASES[seed % PHASES.length] } });
    for (;;) {
      const text = await client.text();
      hash.update(text);
      if ((JSON.parse(text) as Frame).data.done) break;
      const action_type = ACTIONS[1 + random.int(ACTIONS.length - 1)];
      client.send({ type: 'step', data: { action_type, rationale: 'as the generator says', confidence: 0.5 } });
    }
  }
  await client.leave();
  return hash.digest('hex');
}

describe('seeds', () => {
  it(`C2 W14 ${EPISODES} episodes come out byte for byte the same on two servers`, async () => {
    const [one, two] = await Promise.all(servers.map((server) => play(server, EPISODES)));
    expect(one).toBe(two);
  }, 120_000);

  it('another order of play changes nothing', async () => {
    const [server] = servers;
    if (server === undefined) expect.fail();
    const client = await server.connect();
    const first = await client.reset({ seed: 3, episode_id: 'x' });
    await client.reset({ seed: 4 });
    await client.step({ action_type: 'BLOCK' });
    expect(await client.reset({ seed: 3, episode_id: 'x' })).toEqual(first);
    await client.leave();
  });
});

describe('rewards', () => {
  /** Mean reward per step over some tasks of each split. */
  async function mean(choose: (frame: Frame, step: number) => Promise<object> | object): Promise<number> {
    const [server] = servers;
    if (server === undefined) expect.fail();
    const client = await server.connect();
    let [sum, steps] = [0, 0];
    for (let index = 0; index < 12; index++) {
      let frame = await client.reset({ split: 'test', index });
      while (!frame.data.done) {
        frame = await client.step(await choose(frame, steps));
        sum += frame.data.reward ?? 0;
        steps += 1;
      }
    }
    await client.leave();
    return sum / steps;
  }

  /** What the best action would have been is revealed only afterwards, so the oracle plays each episode twice. */
  async function oracleMean(): Promise<number> {
    const [server] = servers;
    if (server === undefined) expect.fail();
    const [client, scout] = await Promise.all([server.connect(), server.connect()]);
    let [sum, steps] = [0, 0];
    for (let index = 0; index < 12; index++) {
      const taken: object[] = [];
      let done = false;
      await client.reset({ split: 'test', index });
      while (!done) {
        await scout.reset({ split: 'test', index });
        for (const action of taken) await scout.step(action);
        const { data } = await scout.step({ action_type: 'SPOTLIGHT', rationale: 'to find out what it was worth' });
        const worth = (data.metadata['info'] as { counterfactual: Record<string, number> }).counterfactual;
        const restrictions = await proposed(scout, taken, index);
        const action_type = Object.entries(worth).reduce((best, one) => (one[1] > best[1] ? one : best))[0];
        const action = {
          action_type,
          rationale: 'the best there is',
          ...(restrictions === null ? {} : { mcp_restrictions: restrictions }),
        };
        taken.push(action);
        const frame = await client.step(action);
        sum += frame.data.reward ?? 0;
        steps += 1;
        done = frame.data.done;
      }
    }
    await Promise.all([client.leave(), scout.leave()]);
    return sum / steps;
  }

  async function proposed(scout: Awaited<ReturnType<TestServer['connect']>>, taken: readonly object[], index: number): Promise<unknown> {
    const start = await scout.reset({ split: 'test', index });
    let frame = start;
    for (const action of taken) frame = await scout.step(action);
    const { message } = frame.data.observation as { message: object };
    const reply = await scout.rpc('tools/call', { name: 'propose_restrictions', arguments: message });
    return (reply.result?.['data'] as { mcp_restrictions: unknown } | undefined)?.mcp_restrictions ?? null;
  }

  it('V4 the oracle stays far above doing nothing and above chance', async () => {
    const oracle = await oracleMean();
    const nothing = await mean(() => ({ action_type: 'ALLOW' }));
    const random = await mean((_frame, step) => ({
      action_type: ACTIONS[randomFrom(step, 'random').int(ACTIONS.length)],
      rationale: 'a guess',
    }));
    expect(oracle).toBeGreaterThan(0.3);
    expect(oracle - nothing).toBeGreaterThan(0.2);
    expect(oracle - random).toBeGreaterThan(0.2);
  }, 120_000);

  it('V4 no observation and no error holds an answer', async () => {
    const [server] = servers;
    if (server === undefined) expect.fail();
    const client = await server.connect();
    for (const phase of PHASES) {
      let frame = await client.reset({ seed: 8, phase });
      while (!frame.data.done) {
        const text = JSON.stringify(Object.keys(frame.data.observation));
        expect(text).not.toMatch(/truth|malicious|verdict|fitting|counterfactual|vector"/);
        expect(frame.data.observation['prompt']).not.toMatch(/malicious: |fitting/);
        frame = await client.step({ action_type: 'SPOTLIGHT', rationale: 'held' });
      }
      const over = await client.step({ action_type: 'ALLOW' });
      expect(over.data.message).toMatch(/^The episode is over after \d+ steps; start another one\.$/);
    }
    await client.leave();
  });
});
