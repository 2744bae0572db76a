import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { startEpisode, step } from '../../engine/environment/environment.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import { defenderAction } from '../openenv/wire/action.ts';
import { startFullServer, type FullServer } from '../openenv/testing/fullServer.ts';
import { driveHttp, driveWebSocket, httpRequest, textFrame } from './loadClient.ts';
import { groupScript } from './serverScripts.ts';

let server: FullServer;
let port: number;
beforeAll(async () => {
  server = await startFullServer();
  port = Number(new URL(server.url).port);
});
afterAll(() => server.close());

describe('groupScript', () => {
  it('lets every rollout of a seed last to its end, with decisions of its own', async () => {
    const environment = { config: DEFAULT_CONFIG, pool: await loadBundledCorpus() };
    for (const seed of [0, 1, 2]) {
      const { phase, members } = groupScript(environment, seed, 4);
      expect(new Set(members.map((actions) => JSON.stringify(actions))).size).toBe(4);
      for (const actions of members) {
        expect(actions).toHaveLength(DEFAULT_CONFIG.episodeLength);
        let state = startEpisode(environment, { seed, phase });
        for (const action of actions) ({ state } = step(environment, state, defenderAction(action)));
        expect(state.finished).toBe('complete');
      }
    }
  });
});

describe('the load clients', () => {
  it('count every reply over HTTP, however it is cut into chunks', async () => {
    const traffic = { replies: 0, bytes: 0 };
    const items = Array.from({ length: 32 }, (_, env_id) => ({ env_id, task_name: 'demo' }));
    const actions = items.map(({ env_id }) => ({ env_id, action_type: 'REVOKE_STDIO' }));
    const requests = [httpRequest(port, '/reset', { items }), ...Array.from({ length: 16 }, () => httpRequest(port, '/step', { actions }))];
    await driveHttp(port, requests, traffic);
    expect(traffic.replies).toBe(17);
    const { vector } = (await server.get('/metrics')).json<{ vector: { steps: number; episodes: number } }>();
    expect(vector).toMatchObject({ steps: 512, episodes: 32 });
    expect(traffic.bytes).toBeGreaterThan(512 * 1_000);
  });

  it('say what the server said when it refuses', async () => {
    const refused = driveHttp(port, [httpRequest(port, '/reset', { items: [{ env_id: 99 }] })], { replies: 0, bytes: 0 });
    await expect(refused).rejects.toThrow('There is no environment 99');
  });

  it('play a session over WebSocket', async () => {
    const traffic = { replies: 0, bytes: 0 };
    const frames = [
      { type: 'reset', data: { seed: 3 } },
      ...Array.from({ length: 3 }, () => ({ type: 'step', data: { action_type: 'BLOCK' } })),
    ];
    await driveWebSocket(port, frames.map(textFrame), traffic);
    expect(traffic.replies).toBe(4);
  });
});
