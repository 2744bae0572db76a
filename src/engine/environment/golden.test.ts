import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../../contract/actions.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { PHASES } from '../../contract/observation.ts';
import { analyze } from '../analysis/analyze.ts';
import { explain } from '../analysis/rationale.ts';
import { proposeRestrictions } from '../analysis/restrictions.ts';
import { compareWithReference, criticTexts } from '../critic/critic.ts';
import { randomFrom } from '../random/random.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { counterfactual, observe, reveal, startEpisode, step, type Environment } from './environment.ts';
import { observeMessage } from './observeMessage.ts';
import { hostileMessages } from './testing/hostileMessages.ts';
import { createTestPool } from './testing/testPool.ts';

/**
 * Everything the engine says, byte for byte. Models are trained on these outputs and stored episodes replay
 * against them, so work on the engine's speed must leave them as they are. A change of behaviour that is
 * meant, or of the test pool, changes the hashes here with it.
 */
function hashOf(values: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${JSON.stringify(value)}\n`);
  return hash.digest('hex');
}

/** All that analysers and critic find in a message. */
function findings(message: GatewayMessage): unknown {
  const analysis = analyze(message);
  const restrictions = proposeRestrictions(message, analysis);
  return [
    observeMessage(message),
    restrictions,
    criticTexts(message, analysis),
    compareWithReference(message, analysis, DEFAULT_CONFIG.critic),
    ACTIONS.map((action) => explain(message, analysis, action, restrictions)),
  ];
}

function* played(env: Environment, episodes: number): Generator<unknown> {
  for (const phase of PHASES)
    for (let seed = 0; seed < episodes; seed++) {
      const random = randomFrom(seed, 'golden', phase);
      let state = startEpisode(env, { seed, phase });
      for (let seen = observe(env, state); seen !== null; seen = observe(env, state)) {
        const { malicious } = reveal(env, state);
        const worth = counterfactual(env, state);
        const right = ACTIONS.filter((action) => worth[action] > (malicious ? 0 : -1));
        const restrictions = proposeRestrictions(seen.message, analyze(seen.message));
        const action = random.pick(right);
        const played = step(env, state, { action, restrictions, confidence: random.next(), rationale: 'The words of a golden episode.' });
        yield [seen, worth, played.info, played.state];
        ({ state } = played);
      }
    }
}

describe('the engine’s outputs', () => {
  it('stay byte for byte the same over episodes of every phase', () => {
    const outputs = [...played({ config: DEFAULT_CONFIG, pool: createTestPool() }, 14)];
    expect(outputs.length).toBeGreaterThan(300);
    expect(hashOf(outputs)).toBe('8bdd2e33637f23d967b2049a55595f8a56fec1a1457f030772a4fd2e633e71c7');
  });

  it('stay byte for byte the same over hostile messages of every kind', () => {
    expect(hashOf(hostileMessages(1, 420).map(findings))).toBe('45324ebb1c70ef16b8f48410e58de12d1d7d960438d874df9035d24198cf98c4');
  });
});
