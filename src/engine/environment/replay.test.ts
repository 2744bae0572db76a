import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS, CAPABILITIES } from '../../contract/actions.ts';
import type { DefenderAction } from '../../contract/episodes.ts';
import { PHASES } from '../../contract/observation.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { currentScenario, startEpisode, step, type Environment } from './environment.ts';
import { record, replay, type RecordedEpisode, type RecordedStep } from './replay.ts';
import { createTestPool } from './testing/testPool.ts';

let env: Environment;
let recorded: RecordedEpisode;

/** As many of the wanted actions as the episode lasts. */
function lasting(seed: number, phase: (typeof PHASES)[number], wanted: readonly DefenderAction[]): readonly DefenderAction[] {
  const actions: DefenderAction[] = [];
  let state = startEpisode(env, { seed, phase });
  for (const action of wanted) {
    if (state.finished !== null) break;
    actions.push(action);
    ({ state } = step(env, state, action));
  }
  return actions;
}

beforeAll(() => {
  env = { config: DEFAULT_CONFIG, pool: createTestPool() };
  const start = { seed: 21, phase: 'evasion_obfuscation' } as const;
  const actions: DefenderAction[] = [];
  let state = startEpisode(env, start);
  while (state.finished === null) {
    const { malicious } = currentScenario(env, state).truth;
    const action: DefenderAction = malicious
      ? { action: 'REVOKE_STDIO', rationale: 'Severed because of what it runs.' }
      : { action: 'ALLOW', confidence: 0.9 };
    actions.push(action);
    ({ state } = step(env, state, action));
  }
  recorded = JSON.parse(JSON.stringify(record(env, start, actions))) as RecordedEpisode;
});

const fresh = (): Environment => ({ config: structuredClone(DEFAULT_CONFIG), pool: createTestPool() });
const altered = (position: number, change: (old: RecordedStep) => RecordedStep): RecordedEpisode => ({
  ...recorded,
  steps: recorded.steps.map((old, i) => (i === position && old !== null ? change(old) : old)),
});

describe('replay', () => {
  it('repeats a stored episode bit for bit, in an environment built anew', () => {
    const result = replay(fresh(), recorded);
    expect(result.ok).toBe(true);
    if (result.ok) expect(JSON.parse(JSON.stringify(result.steps))).toEqual(recorded.steps);
  });

  it('repeats whatever was played', () => {
    const action = fc.record(
      {
        action: fc.constantFrom(...ACTIONS),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
        rationale: fc.string(),
        restrictions: fc.subarray([...CAPABILITIES]),
        decisionMs: fc.integer({ min: 0, max: 4_000 }),
        embeddingDistance: fc.double({ min: 0, max: 2, noNaN: true }),
      },
      { requiredKeys: ['action'] },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.constantFrom(...PHASES),
        fc.array(action, { minLength: 16, maxLength: 16 }),
        (seed, phase, wanted) => {
          const stored = JSON.stringify(record(env, { seed, phase }, lasting(seed, phase, wanted)));
          expect(replay(fresh(), JSON.parse(stored) as RecordedEpisode)).toMatchObject({ ok: true });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('plays in the recorded configuration, not in the present one', () => {
    const other: Environment = { ...env, config: { ...DEFAULT_CONFIG, retryProbability: 1, episodeLength: 4 } };
    expect(replay(other, recorded).ok).toBe(true);
  });

  it('says where a divergence begins', () => {
    const reward = altered(3, (old) => ({
      ...old,
      info: { ...old.info, reward: { ...old.info.reward, latency: old.info.reward.latency - Number.EPSILON } },
    }));
    expect(replay(fresh(), reward)).toMatchObject({ ok: false, position: 3, field: 'info.reward.latency' });
    const message = altered(5, (old) => ({
      ...old,
      message: { ...old.message, context: { ...old.message.context, server: 'someone else' } },
    }));
    expect(replay(fresh(), message)).toMatchObject({ ok: false, position: 5, field: 'message.context.server', expected: 'someone else' });
  });

  it('notices a changed seed, another corpus, and steps beyond the end', () => {
    expect(replay(fresh(), { ...recorded, seed: recorded.seed + 1 }).ok).toBe(false);
    expect(replay(fresh(), { ...recorded, corpusHash: 'f'.repeat(64) })).toMatchObject({ ok: false, position: -1, field: 'corpusHash' });
    const longer = { ...recorded, actions: [...recorded.actions, { action: 'ALLOW' as const }], steps: [...recorded.steps, null] };
    expect(replay(fresh(), longer)).toMatchObject({ ok: false, position: 16, field: 'finished' });
  });

  it('compares only what was kept', () => {
    expect(replay(fresh(), { ...recorded, steps: recorded.steps.map(() => null) }).ok).toBe(true);
  });
});
