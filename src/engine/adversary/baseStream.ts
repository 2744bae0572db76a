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

/** One position of the base stream. */
export interface StreamMessage {
  /** What the gateway is offered. */
  readonly scenario: ScenarioMessage;
  /** The same before any obfuscation: what an adversary starts from when it tries again. */
  readonly plain: ScenarioMessage;
}

/** In the last phase, the chance that a slot for a new attack opens a chain. A chain fills 3 to 5 slots, so about half of all attack messages are a chain's. */
const CHAIN_CHANCE = 0.18;
/** The chance that a chain aims at an escape, which is then one message of it. */
const CHAIN_ESCAPES = 0.75;
/** Share of escapes among the messages of chains: one in four or so, of those that aim at one and are played to their end. */
const ESCAPES_IN_CHAINS = 0.15;
const MEAN_CHAIN_LENGTH = 4;
/** How strongly a shortfall of escapes or obfuscation so far raises the chance of the next one. */
const CATCH_UP = 0.25;

/**
 * The stream of messages that every lane of an episode is offered. Benign sessions run on
 * between the attacks; each position first decides between the two at the phase's
 * malicious rate, from a generator of its own, so the stream up to any position
 * depends on nothing after it and on nothing that a lane does.
 */
export function baseStream(pool: MessagePool, mutations: MutationCache, settings: StreamSettings): readonly StreamMessage[] {
  const source = new AttackSource(pool, mutations, settings);
  const stream: StreamMessage[] = [];
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
    const scenario = session[next++] as ScenarioMessage;
    stream.push({ scenario, plain: scenario });
  }
  return stream;
}

/** Hands out attacks so that the shares of escapes and of obfuscated text among them meet the phase's rates. */
class AttackSource {
  private readonly pool: MessagePool;
  private readonly mutations: MutationCache;
  private readonly settings: StreamSettings;
  private readonly depth: number;
  private readonly singleEscapes: number;
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
    this.singleEscapes = escapesOutsideChains(settings);
  }

  next(random: Random): StreamMessage {
    const plain = this.plain(random);
    const { rates } = this.settings;
    const hide = random.chance(rates.obfuscated / rates.malicious + this.shortfall(rates.obfuscated, this.obfuscated));
    const variant = random.int(MUTATION_VARIANTS);
    const scenario = hide ? this.mutations.variant(plain, variant, this.depth) : plain;
    this.attacks++;
    if (scenario.truth.stdioEscape) this.escapes++;
    if (scenario.truth.obfuscation.length > 0) this.obfuscated++;
    return { scenario, plain };
  }

  private plain(random: Random): ScenarioMessage {
    const { rates, split, phase } = this.settings;
    const queued = this.chain[this.stage];
    if (queued !== undefined) {
      this.stage++;
      return queued;
    }
    if (phase === 'chained_exploitation' && random.chance(CHAIN_CHANCE)) {
      const stdio = random.chance(CHAIN_ESCAPES) && rates.stdio > 0;
      this.chain = this.pool.chain(random, split, { stdio });
      this.stage = 1;
      return this.chain[0] as ScenarioMessage;
    }
    const stdio = random.chance(this.singleEscapes + this.shortfall(rates.stdio, this.escapes));
    return this.pool.attack(random, split, { stdio });
  }

  /** How far the hits among the attacks so far lag behind their rate, scaled to shift the next chance. */
  private shortfall(rate: number, hits: number): number {
    return CATCH_UP * ((rate / this.settings.rates.malicious) * this.attacks - hits);
  }
}

/** The share of escapes that attacks outside chains need, so that all attacks together meet the phase's rate. */
function escapesOutsideChains({ phase, rates }: StreamSettings): number {
  const target = rates.stdio / rates.malicious;
  if (phase !== 'chained_exploitation' || target === 0) return target;
  const chained = (CHAIN_CHANCE * MEAN_CHAIN_LENGTH) / (CHAIN_CHANCE * MEAN_CHAIN_LENGTH + 1 - CHAIN_CHANCE);
  return (target - chained * ESCAPES_IN_CHAINS) / (1 - chained);
}
