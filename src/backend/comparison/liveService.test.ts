import { describe, expect, it } from 'vitest';
import { modelIdSchema } from '../../contract/ids.ts';
import type { LiveEvent, LiveSnapshot } from '../../contract/live.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import type { Script } from '../testing/scriptedDefender.ts';
import { createTestServices, type TestServicesOptions } from '../testing/testServices.ts';
import { LiveError } from './liveError.ts';
import { DEFAULT_SCOPE, type LiveService } from './liveService.ts';

/** Collects every event of a service until it is closed. */
function listen(live: LiveService): { readonly events: LiveEvent[]; dropped: number; stop(): Promise<void> } {
  const controller = new AbortController();
  const heard = { events: [] as LiveEvent[], dropped: 0, stop: async () => undefined as void };
  const done = (async () => {
    for await (const batch of live.events(0, controller.signal)) {
      heard.events.push(...batch.events);
      heard.dropped += batch.dropped;
    }
  })();
  heard.stop = async () => {
    controller.abort();
    await done;
  };
  return heard;
}

async function until(live: LiveService, condition: (snapshot: LiveSnapshot) => boolean): Promise<LiveSnapshot> {
  for (let tries = 0; tries < 2_000; tries++) {
    const snapshot = live.snapshot();
    if (condition(snapshot)) return snapshot;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`never came about; the state is ${live.snapshot().state}`);
}

const slowly =
  (ms: number): Script =>
  async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { action: 'REVOKE_STDIO' };
  };

function create(options: TestServicesOptions = {}) {
  return createTestServices({ ...options, live: { hub: { intervalMs: 1 }, ...options.live } });
}

describe('live service', () => {
  it('plays one message in both lanes and pauses', async () => {
    const { live } = create();
    live.next();
    const snapshot = await until(live, ({ state }) => state === 'paused');
    expect(snapshot.recent.map(({ lane, position }) => [lane, position])).toEqual([
      ['baseline', 0],
      ['trained', 0],
    ]);
    live.next();
    expect(live.snapshot().state).toBe('stepping');
    await until(live, ({ state }) => state === 'paused');
    expect(live.snapshot().totals.trained.steps).toBe(2);
    expect(live.snapshot()).toMatchObject({ queueDepth: 14, messagesPlayed: 2, episodeLength: 16, budgetTicks: 20 });
    await live.dispose();
  });

  it('loses nothing by pausing: every step is told once, in order, and stored', async () => {
    const { live, store } = create({ baseline: slowly(1), trained: slowly(2) });
    const heard = listen(live);
    for (let round = 0; round < 6; round++) {
      const before = live.snapshot().totals.trained.steps;
      live.start();
      await until(live, ({ totals }) => totals.trained.steps > before + 3);
      await live.pause();
      const paused = live.snapshot();
      expect(paused.state).toBe('paused');
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(live.snapshot().totals).toEqual(paused.totals);
      expect(store.status().steps).toBe(paused.totals.baseline.steps + paused.totals.trained.steps);
    }
    const { seq, totals } = live.snapshot();
    await until(live, () => heard.events.at(-1)?.seq === seq);
    await heard.stop();
    expect(heard.dropped).toBe(0);
    expect(heard.events.map((event) => event.seq)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
    for (const lane of ['baseline', 'trained'] as const) {
      const steps = heard.events.flatMap((event) => (event.type === 'step' && event.step.lane === lane ? [event.step] : []));
      expect(steps).toHaveLength(totals[lane].steps);
      expect(steps.reduce((sum, step) => sum + step.info.reward.total, 0)).toBeCloseTo(totals[lane].reward, 9);
    }
    await live.dispose();
  });

  it('replays what came after a number', async () => {
    const { live } = create();
    live.next();
    const { seq } = await until(live, ({ state }) => state === 'paused');
    for (const since of [0, 2, seq - 1]) {
      const { value } = await live.events(since).next();
      expect(value?.events.map((event) => event.seq)).toEqual(Array.from({ length: seq - since }, (_, index) => since + 1 + index));
    }
    await live.dispose();
  });

  it('holds the pace, and changes it at once', async () => {
    const { live } = create({ scope: { speed: 5 } });
    live.start();
    await until(live, ({ totals }) => totals.trained.steps === 1);
    const startedAt = performance.now();
    await until(live, ({ totals }) => totals.trained.steps === 2);
    expect(performance.now() - startedAt).toBeGreaterThan(150);
    live.setSpeed(0.5);
    await until(live, ({ totals }) => totals.trained.steps === 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(live.snapshot().totals.trained.steps).toBe(2);
    live.setSpeed('max');
    await until(live, ({ totals }) => totals.trained.steps > 20);
    expect(live.snapshot().scope.speed).toBe('max');
    await live.dispose();
  });

  it('ends after the step in flight when stopped, and starts anew', async () => {
    const { live } = create({ trained: slowly(20) });
    live.start();
    await until(live, ({ totals }) => totals.trained.steps === 1);
    const stopping = live.stop();
    expect(live.snapshot().state).toBe('stopping');
    expect(() => live.start()).toThrow(LiveError);
    await stopping;
    const stopped = live.snapshot();
    expect(stopped.state).toBe('idle');
    expect(stopped.totals.trained.steps).toBeGreaterThan(0);
    expect(stopped.totals.trained.steps).toBe(stopped.totals.baseline.steps);
    live.next();
    await until(live, ({ state }) => state === 'paused');
    expect(live.snapshot()).toMatchObject({ episodeIndex: 0, totals: { trained: { steps: 1 } } });
    await live.dispose();
  });

  it('plays the same from the same scope again', async () => {
    const { live } = create();
    const play = async () => {
      live.start();
      await until(live, ({ totals }) => totals.trained.steps >= 40);
      await live.stop();
      return live
        .snapshot()
        .recent.filter(({ lane }) => lane === 'trained')
        .slice(0, 40)
        .map(({ message, info }) => JSON.stringify([message, info]));
    };
    expect(await play()).toEqual(await play());
    await live.dispose();
  });

  it('says why it failed in one sentence, keeps the details to itself, and can start again', async () => {
    let broken = true;
    const { live, failures } = create({
      trained: () => {
        if (broken) throw new Error('ENOENT: /home/someone/secret');
        return 'REVOKE_STDIO';
      },
    });
    live.start();
    const failed = await until(live, ({ state }) => state === 'failed');
    expect(failed.problem).toBe('The comparison failed for an unexpected reason; the log has the details.');
    expect(failures).toHaveLength(1);
    broken = false;
    live.next();
    expect(await until(live, ({ state }) => state === 'paused')).toMatchObject({ problem: null });
    await live.dispose();
  });

  it('shows what a model says of itself when it cannot be loaded, and unloads the other', async () => {
    const { live, loaded } = create({
      loading: async (id) => {
        if (id === DEFAULT_SCOPE.trained) throw new InferenceError('missing', 'The file of nano-omniguard is missing; put it there.');
      },
    });
    live.start();
    expect(live.snapshot().state).toBe('loading');
    const failed = await until(live, ({ state }) => state === 'failed');
    expect(failed.problem).toBe('The file of nano-omniguard is missing; put it there.');
    expect(loaded.map(({ disposed }) => disposed)).toEqual([true]);
    expect(live.configure({ ...DEFAULT_SCOPE, trained: DEFAULT_SCOPE.baseline }).state).toBe('idle');
    live.next();
    await until(live, ({ state }) => state === 'paused');
    await live.dispose();
  });

  it('can be paused, resumed and stopped while the models load', async () => {
    const gates: (() => void)[] = [];
    const { live } = create({ loading: () => new Promise((resolve) => gates.push(resolve)) });
    live.start();
    await live.pause();
    expect(live.snapshot().state).toBe('loading');
    gates.shift()?.();
    await until(live, () => gates.length > 0);
    gates.shift()?.();
    await until(live, ({ state }) => state === 'paused');
    expect(live.snapshot().totals.trained.steps).toBe(0);
    live.next();
    await until(live, ({ totals }) => totals.trained.steps === 1);
    await live.stop();

    live.configure({ ...DEFAULT_SCOPE, baseline: DEFAULT_SCOPE.trained });
    live.start();
    const stopping = live.stop();
    await until(live, () => gates.length > 0);
    gates.shift()?.();
    await stopping;
    expect(live.snapshot()).toMatchObject({ state: 'idle', problem: null });
    await live.dispose();
  });

  it('keeps models loaded while the scope names the same ones, and unloads them otherwise', async () => {
    const { live, loaded } = create();
    for (const seed of [1, 2]) {
      live.configure({ ...DEFAULT_SCOPE, seed });
      live.next();
      await until(live, ({ state }) => state === 'paused');
      await live.stop();
    }
    expect(loaded).toHaveLength(2);
    live.configure({ ...DEFAULT_SCOPE, trained: DEFAULT_SCOPE.baseline });
    live.next();
    await until(live, ({ state }) => state === 'paused');
    expect(loaded.map(({ disposed }) => disposed)).toEqual([true, true, false, false]);
    await live.dispose();
    expect(loaded.every(({ disposed }) => disposed)).toBe(true);
  });

  it('refuses what does not fit its state', async () => {
    const { live } = create({ scope: { speed: 0.5 } });
    await expect(live.pause()).rejects.toThrow(LiveError);
    expect(() => live.configure({ ...DEFAULT_SCOPE, trained: modelIdSchema.parse('nowhere') })).toThrow('There is no model nowhere.');
    live.start();
    await until(live, ({ state }) => state === 'running');
    expect(() => live.configure(DEFAULT_SCOPE)).toThrow(LiveError);
    expect(() => live.next()).toThrow(LiveError);
    live.start();
    await live.pause();
    await live.pause();
    await live.dispose();
    expect(() => live.start()).toThrow(LiveError);
  });

  it('lets a decision that hangs go when it is disposed', async () => {
    const hanging: Script = (_observation, _index, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    const { live, store } = create({ trained: hanging });
    live.start();
    await until(live, ({ state }) => state === 'running');
    await live.dispose();
    expect(live.snapshot().state).toBe('idle');
    expect(store.status().steps).toBe(0);
  });
});
