import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS, CAPABILITIES, type Action } from '../../contract/actions.ts';
import type { EnvironmentConfig, GroundTruth } from '../../contract/episodes.ts';
import { PHASES, type Observation } from '../../contract/observation.ts';
import { baseStream } from '../adversary/baseStream.ts';
import { createMutationCache } from '../adversary/mutations.ts';
import type { ScenarioMessage } from '../corpus/scenario.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { observe, startEpisode, step, type Environment } from './environment.ts';
import { createTestPool, fixedPool } from './testing/testPool.ts';

/**
 * An attacker who relabels every message in a fixed episode must not change one byte of any observation.
 * The messages of a real stream, obfuscated attacks among them, are put into a pool that offers exactly
 * these, whatever their labels. The adversary's retries are switched off: only attacks come back after a
 * block, so whether one comes does depend on the truth, in front of any gateway; see adversary/trap.ts.
 */
const quiet = { malicious: 0, obfuscated: 0, stdio: 0 };
const config: EnvironmentConfig = {
  ...DEFAULT_CONFIG,
  retryProbability: 0,
  curriculum: {
    ...DEFAULT_CONFIG.curriculum,
    phases: { bootstrapping: quiet, evasion_obfuscation: quiet, chained_exploitation: quiet },
  },
};
const LENGTH = config.episodeLength;

let messages: readonly (readonly ScenarioMessage[])[];
beforeAll(() => {
  const pool = createTestPool();
  messages = PHASES.map((phase, seed) =>
    baseStream(pool, createMutationCache(), {
      seed,
      phase,
      split: 'train',
      rates: DEFAULT_CONFIG.curriculum.phases[phase],
      length: LENGTH,
    }).map(({ scenario }) => scenario),
  );
});

function play(episode: readonly ScenarioMessage[], truths: readonly GroundTruth[], actions: readonly Action[]): readonly string[] {
  // Fresh message objects: nothing remembered about one labelling may serve another.
  const relabelled = episode.map(({ message, origin }, i) => ({
    message: structuredClone(message),
    truth: truths[i] as GroundTruth,
    origin,
  }));
  const env: Environment = { config, pool: fixedPool(relabelled) };
  const seen: string[] = [];
  let state = startEpisode(env, { seed: 9, phase: 'bootstrapping' });
  let observation: Observation | null;
  while ((observation = observe(env, state)) !== null) {
    seen.push(JSON.stringify(observation));
    const action = actions[state.position] as Action;
    ({ state } = step(env, state, { action, restrictions: ['net.egress'], rationale: 'The same words every time.' }));
  }
  return seen;
}

const truth = (over: { readonly escapes: boolean }): fc.Arbitrary<GroundTruth> =>
  fc.record({
    malicious: fc.boolean(),
    vector: fc.constantFrom('none', 'tool_poisoning', 'exfiltration'),
    obfuscation: fc.subarray(['base64', 'rot13', 'homoglyphs']),
    stdioEscape: over.escapes ? fc.boolean() : fc.constant(false),
    needs: fc.subarray([...CAPABILITIES]),
    fitting: fc.constantFrom(...ACTIONS),
  });
const labelling = (over: { readonly escapes: boolean }): fc.Arbitrary<GroundTruth[]> =>
  fc.array(truth(over), { minLength: LENGTH, maxLength: LENGTH });
const sequence = (...actions: readonly Action[]): fc.Arbitrary<Action[]> =>
  fc.array(fc.constantFrom(...actions), { minLength: LENGTH, maxLength: LENGTH });

describe('no label reaches the defender', () => {
  it('relabelling changes no byte of any observation over whole episodes', () => {
    // These three stop any message that is no escape, so every labelling plays to the end.
    const stopping = sequence('BLOCK', 'SPOTLIGHT', 'REVOKE_STDIO');
    const labels = labelling({ escapes: false });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), labels, labels, stopping, (which, left, right, actions) => {
        const episode = messages[which] as readonly ScenarioMessage[];
        const seen = play(episode, left, actions);
        expect(seen).toHaveLength(LENGTH);
        expect(play(episode, right, actions)).toEqual(seen);
      }),
      { numRuns: 40 },
    );
  });

  it('relabelling changes no byte of any observation under all six actions, up to the breach that ends one of the two', () => {
    const labels = labelling({ escapes: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), labels, labels, sequence(...ACTIONS), (which, left, right, actions) => {
        const episode = messages[which] as readonly ScenarioMessage[];
        const [a, b] = [play(episode, left, actions), play(episode, right, actions)];
        const both = Math.min(a.length, b.length);
        expect(a.slice(0, both)).toEqual(b.slice(0, both));
      }),
      { numRuns: 80 },
    );
  });

  it('the observation holds no key of the truth', () => {
    const truths = (messages[1] as readonly ScenarioMessage[]).map(({ truth: real }) => real);
    const keys = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) keys.add(key);
        collect(inner);
      }
    };
    const actions = Array.from({ length: LENGTH }, () => 'SPOTLIGHT' as const);
    for (const seen of play(messages[1] as readonly ScenarioMessage[], truths, actions)) collect(JSON.parse(seen));
    for (const secret of ['malicious', 'vector', 'obfuscation', 'stdioEscape', 'needs', 'fitting', 'truth', 'origin', 'chain', 'retry'])
      expect(keys).not.toContain(secret);
  });
});
