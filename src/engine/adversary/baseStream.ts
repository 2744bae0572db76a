import type { PhaseRates, Split } from '../../contract/episodes.ts';
import { PHASES, type Phase } from '../../contract/observation.ts';
import type { MessagePool, ScenarioMessage } from '../corpus/scenario.ts';
import { randomFrom, type Random } from '../random/random.ts';
import { MUTATION_VARIANTS, type MutationCache } from './mutations.ts';

export interface StreamSettings {
  readonly seed: number;
  readonly phase: Phase;
  readonly split: Split;
  /** Shares of all messages. */
  readonly rates: PhaseRates;
  readonly length: number;
}

/** In the last phase, the chance that a slot for a new attack opens a chain; chains are 3 to 5 messages long, so most attack traffic is theirs. */
const CHAIN_CHANCE = 0.25;
/** How strongly a shortfall of escapes or obfuscation so far raises the chance of the next one; chains hold few escapes themselves. */
const CATCH_UP = 0.25;

/**
 * The stream of messages that every lane of an episode is offered. Benign sessions run on
 * between the attacks; each position first decides between the two at the phase's
 * malicious rate, from a generator of its own, so the stream up to any position
 * depends on nothing after it and on nothing that a lane does.
 */
export function baseStream(pool: MessagePool, mutations: MutationCache, settings: StreamSettings): readonly ScenarioMessage[] {
  const source = new AttackSource(pool, mutations, settings);
  const stream: ScenarioMessage[] = [];
  let session: readonly ScenarioMessage[] = [];
  let next = 0;
  for (let position = 0; position < settings.length; position++) {
    const random = randomFrom(settings.seed, 'base', settings.phase, position);
    if (random.chance(settings.rates.malicious)) {
      stream.push(source.next(random));
      continue;
    }
    if (next >= session.length) {
      session = pool.benignSession(random, settings.split);
      next = 0;
    }
    stream.push(session[next++] as ScenarioMessage);
  }
  return stream;
}

/** Hands out attacks so that the shares of escapes and of obfuscated text among them meet the phase's rates. */
class AttackSource {
  private readonly pool: MessagePool;
  private readonly mutations: MutationCache;
  private readonly settings: StreamSettings;
  private readonly depth: number;
  private chain: readonly ScenarioMessage[] = [];
  private stage = 0;
  private attacks = 0;
  private escapes = 0;
  private obfuscated = 0;

  constructor(pool: MessagePool, mutations: MutationCache, settings: StreamSettings) {
    this.pool = pool;
    this.mutations = mutations;
    this.settings = settings;
    this.depth = PHASES.indexOf(settings.phase) + 1;
  }

  next(random: Random): ScenarioMessage {
    const plain = this.plain(random);
    const { rates } = this.settings;
    const hide = random.chance(steered(rates.obfuscated / rates.malicious, this.attacks, this.obfuscated));
    const variant = random.int(MUTATION_VARIANTS);
    const attack = hide ? this.mutations.variant(plain, variant, this.depth) : plain;
    this.attacks++;
    if (attack.truth.stdioEscape) this.escapes++;
    if (attack.truth.obfuscation.length > 0) this.obfuscated++;
    return attack;
  }

  private plain(random: Random): ScenarioMessage {
    const { rates, split, phase } = this.settings;
    const queued = this.chain[this.stage];
    if (queued !== undefined) {
      this.stage++;
      return queued;
    }
    const stdio = random.chance(steered(rates.stdio / rates.malicious, this.attacks, this.escapes));
    if (phase !== 'chained_exploitation' || !random.chance(CHAIN_CHANCE)) return this.pool.attack(random, split, { stdio });
    this.chain = this.pool.chain(random, split, { stdio });
    this.stage = 1;
    return this.chain[0] as ScenarioMessage;
  }
}

/** The chance of one more, given how many there were among so many, that keeps the share at its target. */
function steered(target: number, drawn: number, hits: number): number {
  return target + CATCH_UP * (target * drawn - hits);
}
