import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES, type Phase } from '../../contract/observation.ts';
import type { MessagePool, ScenarioMessage } from '../corpus/scenario.ts';
import { DEFAULT_CONFIG } from '../environment/defaults.ts';
import { createTestPool } from '../environment/testing/testPool.ts';
import { baseStream } from './baseStream.ts';
import { createMutationCache } from './mutations.ts';

let pool: MessagePool;
beforeAll(() => {
  pool = createTestPool();
});

function stream(seed: number, phase: Phase, length = 16): readonly ScenarioMessage[] {
  return baseStream(pool, createMutationCache(), {
    seed,
    phase,
    split: 'train',
    rates: DEFAULT_CONFIG.curriculum.phases[phase],
    length,
  }).map(({ scenario }) => scenario);
}

const share = (messages: readonly ScenarioMessage[], holds: (scenario: ScenarioMessage) => boolean): number =>
  messages.filter(holds).length / messages.length;

describe('the base stream', () => {
  it.each(PHASES)('meets the rates of %s, as shares of all messages, to within three points', (phase) => {
    const messages = Array.from({ length: 400 }, (_, seed) => stream(seed, phase)).flat();
    const { malicious, obfuscated, stdio } = DEFAULT_CONFIG.curriculum.phases[phase];
    const within = 0.03;
    expect(Math.abs(share(messages, ({ truth }) => truth.malicious) - malicious)).toBeLessThan(within);
    expect(Math.abs(share(messages, ({ truth }) => truth.obfuscation.length > 0) - obfuscated)).toBeLessThan(within);
    expect(Math.abs(share(messages, ({ truth }) => truth.stdioEscape) - stdio)).toBeLessThan(within);
  });

  it('holds chains in the last phase alone, in the order of their stages', () => {
    const order = ['recon', 'staging', 'exfiltration', 'escape'];
    let chained = 0;
    let attacks = 0;
    for (const phase of PHASES)
      for (let seed = 0; seed < 100; seed++) {
        const messages = stream(seed, phase);
        const stages = messages.flatMap(({ truth }) => (truth.chain === undefined ? [] : [order.indexOf(truth.chain.stage)]));
        if (phase !== 'chained_exploitation') expect(stages).toEqual([]);
        else {
          chained += stages.length;
          attacks += messages.filter(({ truth }) => truth.malicious).length;
          stages.forEach((stage, i) => {
            if (stage > 0) expect(stages[i - 1]).toBeLessThanOrEqual(stage);
          });
        }
      }
    expect(chained / attacks).toBeGreaterThan(0.4);
  });

  it('is equal for equal seeds, differs for others, and begins alike at any length', () => {
    expect(stream(4, 'chained_exploitation')).toEqual(stream(4, 'chained_exploitation'));
    expect(stream(4, 'chained_exploitation')).not.toEqual(stream(5, 'chained_exploitation'));
    expect(stream(4, 'chained_exploitation', 40).slice(0, 16)).toEqual(stream(4, 'chained_exploitation', 16));
  });
});
