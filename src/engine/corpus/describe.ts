import { SPLITS, type Split } from '../../contract/episodes.ts';
import { randomFrom } from '../random/random.ts';
import type { CorpusData } from './data.ts';
import type { MessagePool, ScenarioMessage } from './scenario.ts';

/** What a split holds, and what a sample of draws from it looks like. */
export interface SplitFigures {
  readonly servers: number;
  readonly tools: number;
  readonly domains: number;
  readonly messages: number;
  /** Messages of the sample that differ from all others of it. */
  readonly distinct: number;
  readonly malicious: number;
  readonly vectors: { readonly [vector: string]: number };
  readonly kinds: { readonly [kind: string]: number };
}

/** Figures for each split over `draws` sessions, attacks of both sorts and chains. */
export function describeCorpus(data: CorpusData, pool: MessagePool, draws: number, seed: number): { readonly [S in Split]: SplitFigures } {
  return Object.fromEntries(SPLITS.map((split) => [split, figuresOf(data, drawMixed(pool, split, draws, seed), split)])) as Record<
    Split,
    SplitFigures
  >;
}

/** `draws` rounds of a benign session, a plain attack, a STDIO escape and a chain. */
export function drawMixed(pool: MessagePool, split: Split, draws: number, seed: number): ScenarioMessage[] {
  const random = randomFrom(seed, 'corpus', split);
  const messages: ScenarioMessage[] = [];
  for (let i = 0; i < draws; i++) {
    messages.push(
      ...pool.benignSession(random, split),
      pool.attack(random, split, { stdio: false }),
      pool.attack(random, split, { stdio: true }),
    );
    messages.push(...pool.chain(random, split, { stdio: random.chance(0.5) }));
  }
  return messages;
}

function figuresOf(data: CorpusData, sample: readonly ScenarioMessage[], split: Split): SplitFigures {
  const servers = data.servers.filter((server) => server.split === split);
  return {
    servers: servers.length,
    tools: servers.reduce((sum, server) => sum + server.tools.length, 0),
    domains: new Set(servers.map((server) => server.domain)).size,
    messages: sample.length,
    distinct: new Set(sample.map(({ message }) => JSON.stringify([message.message.params ?? message.message.result, message.context])))
      .size,
    malicious: sample.filter(({ truth }) => truth.malicious).length,
    vectors: countBy(sample.map(({ truth }) => truth.vector)),
    kinds: countBy(sample.map(({ message }) => message.kind)),
  };
}

function countBy(names: readonly string[]): { [name: string]: number } {
  const counts: { [name: string]: number } = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
