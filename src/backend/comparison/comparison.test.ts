import { describe, expect, it } from 'vitest';
import type { Action } from '../../contract/actions.ts';
import type { Lane, LaneStep, LiveScope } from '../../contract/live.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { replay } from '../../engine/environment/replay.ts';
import { createTestPool } from '../../engine/environment/testing/testPool.ts';
import { MemoryEpisodeStore } from '../store/memoryEpisodeStore.ts';
import { scriptedDefender, type Script } from '../testing/scriptedDefender.ts';
import { createComparison, episodeSeed, type Comparison, type ComparisonEvent, type ComparisonOptions } from './comparison.ts';
import { answerOf } from './laneEpisode.ts';

const SCOPE: Pick<LiveScope, 'seed' | 'phase' | 'costPreset'> = { seed: 7, phase: 'evasion_obfuscation', costPreset: 'balanced' };
const CONFIG = { ...DEFAULT_CONFIG, split: 'test' } as const;

interface Setup {
  readonly baseline?: Script;
  readonly trained?: Script;
  readonly options?: Partial<ComparisonOptions>;
}

function setUp({ baseline = () => 'REVOKE_STDIO', trained = () => 'REVOKE_STDIO', options = {} }: Setup = {}) {
  const defenders = { baseline: scriptedDefender('nano-base', baseline), trained: scriptedDefender('nano-omniguard', trained) };
  const store = new MemoryEpisodeStore();
  const environment = { config: CONFIG, pool: createTestPool() };
  return { defenders, store, environment, comparison: createComparison({ environment, defenders, scope: SCOPE, store, ...options }) };
}

async function playEpisodes(comparison: Comparison, episodes: number): Promise<ComparisonEvent[]> {
  const events: ComparisonEvent[] = [];
  for await (const event of comparison) {
    events.push(event);
    if (event.type === 'episode_finished' && comparison.episodeIndex === episodes - 1) break;
  }
  return events;
}

function stepsOf(events: readonly ComparisonEvent[], lane: Lane): LaneStep[] {
  return events.flatMap((event) => (event.type === 'step' && event.step.lane === lane ? [event.step] : []));
}

/** Answers that differ from lane to lane and from message to message. */
const mixed =
  (actions: readonly Action[]): Script =>
  (_observation, index) =>
    actions[index % actions.length] ?? 'BLOCK';

describe('two lanes, one stream', () => {
  it('shows both lanes the same base stream, position by position', async () => {
    const { comparison } = setUp({ baseline: () => 'REVOKE_STDIO', trained: mixed(['BLOCK', 'SPOTLIGHT', 'REVOKE_STDIO']) });
    const events = await playEpisodes(comparison, 12);
    const base = (lane: Lane) =>
      new Map(
        stepsOf(events, lane)
          .filter(({ info }) => !info.retry)
          .map((step) => [`${step.episodeId}:${step.position}`, step.message]),
      );
    const trained = base('trained');
    const shared = [...base('baseline')].filter(([key]) => trained.has(key));
    expect(shared.length).toBeGreaterThan(40);
    for (const [key, message] of shared) expect(trained.get(key)).toEqual(message);
  });

  it("gives a retry only to the lane whose block provoked it, in the next message's place", async () => {
    const { comparison } = setUp({ trained: () => 'REVOKE_STDIO', baseline: () => 'REVOKE_STDIO' });
    const retries = stepsOf(await playEpisodes(comparison, 10), 'trained').filter(({ info }) => info.retry);
    expect(retries.length).toBeGreaterThan(0);
    for (const { position } of retries) expect(position).toBeGreaterThan(0);
  });

  it('lets a lane that breaches wait, and starts the next episode for both together', async () => {
    const { comparison, defenders } = setUp({ baseline: () => 'ALLOW', trained: () => 'REVOKE_STDIO' });
    const events = await playEpisodes(comparison, 6);
    let current: string | null = null;
    let waiting = new Set<Lane>();
    let breaches = 0;
    for (const event of events) {
      if (event.type === 'episode_started') {
        expect(current).toBeNull();
        current = event.episodeId;
        waiting = new Set();
      } else if (event.type === 'step') {
        expect(waiting.has(event.step.lane)).toBe(false);
        expect(event.step.episodeId).toBe(current);
      } else if (event.type === 'lane_waiting') {
        if (event.reason === 'breach') breaches++;
        waiting.add(event.lane);
      } else if (event.type === 'episode_finished') {
        expect(event.episodeId).toBe(current);
        current = null;
      }
    }
    expect(breaches).toBeGreaterThan(0);
    expect(defenders.baseline.seen.length).toBeLessThan(defenders.trained.seen.length);
    expect(comparison.totals('baseline').breaches).toBe(6);
    for (const lane of ['baseline', 'trained'] as const) {
      const played = stepsOf(events, lane);
      for (const id of new Set(played.map(({ episodeId }) => episodeId))) {
        const positions = played.filter(({ episodeId }) => episodeId === id).map(({ position }) => position);
        expect(positions).toEqual(positions.map((_, index) => index));
      }
    }
  });

  it('asks both models at once', async () => {
    let together = 0;
    let most = 0;
    const slow: Script = async () => {
      most = Math.max(most, ++together);
      await new Promise((resolve) => setTimeout(resolve, 5));
      together--;
      return { action: 'REVOKE_STDIO' };
    };
    await setUp({ baseline: slow, trained: slow }).comparison.advance();
    expect(most).toBe(2);
  });

  it('moves no lane when one decision fails, and goes on from there', async () => {
    let failures = 0;
    const trained: Script = (_observation, index) => {
      if (index === 2 && failures++ === 0) throw new Error('out of memory');
      return 'REVOKE_STDIO';
    };
    const { comparison, store } = setUp({ trained });
    await comparison.advance();
    await comparison.advance();
    await expect(comparison.advance()).rejects.toThrow('out of memory');
    const events = await comparison.advance();
    expect(events.flatMap((event) => (event.type === 'step' ? [event.step.position] : []))).toEqual([2, 2]);
    expect(store.status().steps).toBe(6);
  });
});

describe('determinism', () => {
  const play = async () => {
    const setup = setUp({ baseline: mixed(['BLOCK', 'SPOTLIGHT']), trained: mixed(['REVOKE_STDIO', 'SEMANTIC_DIFF']) });
    const events = await playEpisodes(setup.comparison, 5);
    return JSON.stringify(events).replaceAll(/ep-[0-9a-f]{16}/g, 'ep');
  };

  it('plays the same episodes from the same seed', async () => {
    expect(await play()).toBe(await play());
  });

  it('gives every episode a seed of its own', () => {
    const seeds = Array.from({ length: 1_000 }, (_, index) => episodeSeed(3, index));
    expect(new Set(seeds).size).toBe(1_000);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
  });

  it('counts decision times only when it is timed', async () => {
    const slow: Script = () => ({ action: 'REVOKE_STDIO', decisionMs: 3_500 });
    const ticks = async (timed: boolean) => {
      const { comparison } = setUp({ trained: slow, baseline: slow, options: { timed } });
      return stepsOf(await comparison.advance(), 'trained')[0]?.info.ticks;
    };
    expect(await ticks(false)).toBe(1);
    expect(await ticks(true)).toBeGreaterThan(1);
  });

  it('stores enough to replay bit for bit', async () => {
    const { comparison, store, environment } = setUp({
      baseline: mixed(['BLOCK', 'SPOTLIGHT']),
      trained: () => ({ action: 'REVOKE_STDIO', decisionMs: 1_700 }),
    });
    await playEpisodes(comparison, 3);
    for (const { id } of store.list({ limit: 10 })) {
      const recording = store.recording(id);
      for (const lane of ['baseline', 'trained'] as const) {
        const records = recording?.steps.filter(({ step }) => step.lane === lane) ?? [];
        const result = replay(environment, {
          seed: recording?.episode.seed ?? 0,
          phase: recording?.episode.phase ?? 'bootstrapping',
          config: recording?.episode.config ?? CONFIG,
          corpusHash: recording?.episode.corpusSha256 ?? '',
          actions: records.map(({ step, countedMs, embeddingDistance }) => answerOf(step.decision, countedMs, embeddingDistance)),
          steps: records.map(({ step }) => ({ message: step.message, budgetLeft: step.budgetLeft, info: step.info })),
        });
        expect(result).toMatchObject({ ok: true });
        expect(records.length).toBeGreaterThan(0);
      }
    }
  });
});

describe('curriculum', () => {
  it('follows the trained lane alone while the phase is auto', async () => {
    const config = { ...CONFIG, curriculum: { ...CONFIG.curriculum, minEpisodes: 1, thresholds: [0, 1] as const, alpha: 1 } };
    const environment = { config, pool: createTestPool() };
    const { comparison } = setUp({ baseline: () => 'ALLOW', options: { environment, scope: { ...SCOPE, phase: 'auto' } } });
    expect(comparison.curriculum.phase).toBe('bootstrapping');
    const events = await playEpisodes(comparison, 2);
    expect(comparison.curriculum.phase).toBe('evasion_obfuscation');
    const finished = events.findLast((event) => event.type === 'episode_finished');
    expect(comparison.curriculum.average).toBe(finished?.type === 'episode_finished' ? finished.scores.trained : null);
  });

  it('stays in a fixed phase', async () => {
    const { comparison } = setUp();
    await playEpisodes(comparison, 3);
    expect(comparison.curriculum).toEqual({ phase: 'evasion_obfuscation', average: 0, episodesInPhase: 0 });
  });
});

describe('critic embedder', () => {
  const environment = { config: { ...CONFIG, critic: { ...CONFIG.critic, embedder: 'minilm' } }, pool: createTestPool() };

  it('is asked where there is something to compare, and what it says is stored', async () => {
    const embedder = { distance: async () => 0.75, embed: async () => new Float32Array(), dispose: async () => undefined };
    const { comparison, store } = setUp({ options: { environment, embedder } });
    await playEpisodes(comparison, 6);
    const distances = store
      .list({ limit: 9 })
      .flatMap(({ id }) => store.recording(id)?.steps.map((record) => record.embeddingDistance) ?? []);
    expect(new Set(distances)).toEqual(new Set([null, 0.75]));
  });

  it('must be there when the configuration names one', () => {
    expect(() => setUp({ options: { environment } })).toThrow('minilm');
  });
});
