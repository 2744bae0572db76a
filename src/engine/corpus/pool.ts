import { SPLITS, type Split } from '../../contract/episodes.ts';
import { randomFrom, type Random } from '../random/random.ts';
import { composeAttack } from './attack.ts';
import { composeSession } from './benign.ts';
import { chainPlans, composeChain } from './chain.ts';
import { splitData, type CorpusData, type ServerData } from './data.ts';
import { openWorkshop, type Workshop } from './draft.ts';
import type { MessagePool, ScenarioMessage } from './scenario.ts';

/** How many different draws a split offers. A draw is a number below these, so equal draws are equal messages. */
export interface PoolSize {
  readonly sessions: number;
  readonly attacks: number;
  readonly chains: number;
  /** Draws kept composed at a time; the oldest go first. */
  readonly cached: number;
}

export const POOL_SIZE: PoolSize = { sessions: 16_384, attacks: 65_536, chains: 4_096, cached: 65_536 };

/**
 * The corpus as the environment draws from it. A message is identified by its number
 * within its split, and composed once from a generator derived from that number alone.
 * Smaller sizes than the default give another pool, and another `hash`.
 */
export function createMessagePool(data: CorpusData, size: Partial<PoolSize> = {}): MessagePool {
  const full = { ...POOL_SIZE, ...size };
  const { sessions, attacks, chains } = full;
  const standard = sessions === POOL_SIZE.sessions && attacks === POOL_SIZE.attacks && chains === POOL_SIZE.chains;
  const hash = standard ? data.hash : `${data.hash}:${sessions}-${attacks}-${chains}`;
  const shelves = Object.fromEntries(SPLITS.map((split) => [split, createShelf(data, split, full)])) as Record<Split, Shelf>;
  return {
    hash,
    benignSession: (random, split) => shelves[split].session(random.int(sessions)),
    attack: (random, split, wanted) => shelves[split].attack(random.int(attacks), wanted.stdio),
    chain: (random, split, wanted) => shelves[split].chain(random.int(chains), wanted.stdio),
  };
}

interface Shelf {
  session(number: number): readonly ScenarioMessage[];
  attack(number: number, stdio: boolean): ScenarioMessage;
  chain(number: number, stdio: boolean): readonly ScenarioMessage[];
}

function createShelf(data: CorpusData, split: Split, size: PoolSize): Shelf {
  const shop: Workshop = openWorkshop(splitData(data, split));
  const { servers } = shop.data;
  if (servers.length === 0) throw new RangeError(`the corpus has no server in the ${split} split`);
  const plans = [chainPlans(shop, false), chainPlans(shop, true)] as const;
  const random = (kind: string, number: number): Random => randomFrom(number, split, kind);
  const lists = createCache<readonly ScenarioMessage[]>(size.cached);
  const singles = createCache<ScenarioMessage>(size.cached);
  return {
    session: (number) =>
      lists(number * 4, () => {
        const server = servers[number % servers.length] as ServerData;
        return composeSession(shop, server, number, random('session', number));
      }),
    attack: (number, stdio) =>
      singles(number * 2 + Number(stdio), () => composeAttack(shop, stdio, number, random(stdio ? 'stdio-attack' : 'attack', number))),
    chain: (number, stdio) =>
      lists(number * 4 + 1 + Number(stdio), () =>
        composeChain(shop, stdio ? plans[1] : plans[0], number, random(stdio ? 'stdio-chain' : 'chain', number)),
      ),
  };
}

/** Keeps at most `limit` values; drops the oldest, which is as good as any under uniform draws. */
function createCache<T>(limit: number): (key: number, make: () => T) => T {
  const kept = new Map<number, T>();
  return (key, make) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (kept.size >= limit) {
      const oldest = kept.keys().next();
      if (oldest.done !== true) kept.delete(oldest.value);
    }
    kept.set(key, value);
    return value;
  };
}
