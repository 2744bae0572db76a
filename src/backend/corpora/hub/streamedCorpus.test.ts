import { beforeAll, describe, expect, it } from 'vitest';
import { SPLITS } from '../../../contract/episodes.ts';
import { gatewayMessageSchema } from '../../../contract/schemas.ts';
import type { CorpusId } from '../../../contract/corpora.ts';
import { drawMixed } from '../../../engine/corpus/describe.ts';
import type { MessagePool, ScenarioMessage } from '../../../engine/corpus/scenario.ts';
import { randomFrom } from '../../../engine/random/random.ts';
import { loadCorpus } from '../bundledCorpus.ts';
import { formGiveaway } from '../formatProbe.ts';
import { ROW_ADAPTERS } from './adapters/adapters.ts';
import type { CorpusItem } from './adapters/item.ts';
import { createMixedPool, createStreamedPool, sourceOfGroup } from './mixedPool.ts';
import { splitOfText, uniqueSeeds, type StreamedItems } from './streamedCorpus.ts';
import { fenrirRows, nistRows, witfooRows } from './testing/corpusRows.ts';

function adapted(id: CorpusId, rows: readonly object[]): StreamedItems {
  const items = rows
    .map((row) => ROW_ADAPTERS[id](row as Record<string, unknown>))
    .filter((item): item is CorpusItem => typeof item !== 'string');
  return { id, items };
}

const STREAMED: readonly StreamedItems[] = [
  adapted('witfoo', witfooRows(800)),
  adapted('fenrir', fenrirRows(400)),
  adapted('nist', nistRows(400)),
];

let bundled: Awaited<ReturnType<typeof loadCorpus>>;
let pools: readonly (readonly [CorpusId, MessagePool])[];
beforeAll(async () => {
  bundled = await loadCorpus();
  pools = STREAMED.map((items) => [items.id, createStreamedPool(bundled.data, items)] as const);
});

const textOf = ({ message }: ScenarioMessage): string => JSON.stringify(message.message);
const own = (id: CorpusId, drawn: readonly ScenarioMessage[]): ScenarioMessage[] =>
  drawn.filter(({ origin }) => origin.startsWith(`${id}:`));

describe('messages from streamed rows', () => {
  it.each(SPLITS)('are whole, valid, and hold text of their corpus from %s alone', (split) => {
    for (const [index, [id, pool]] of pools.entries()) {
      const items = STREAMED[index]?.items ?? [];
      const drawn = drawMixed(pool, split, 60, 3);
      for (const { message } of drawn) expect(gatewayMessageSchema.safeParse(message).success).toBe(true);
      const mine = own(id, drawn);
      expect(mine.length).toBeGreaterThan(30);
      const others = items.filter(({ text }) => splitOfText(text) !== split).map(({ text }) => JSON.stringify(text).slice(1, 400));
      for (const message of drawn) {
        const text = textOf(message);
        expect(others.find((other) => text.includes(other))).toBeUndefined();
        expect(text).not.toMatch(/\{\{[*#]?[a-z_]+(\.\d+)?\}\}/);
      }
    }
  });

  it('are benign or malicious by what was done to them, never by the corpus', () => {
    for (const [id, pool] of pools) {
      const mine = own(id, drawMixed(pool, 'train', 400, 5));
      const malicious = mine.filter(({ truth }) => truth.malicious);
      expect(malicious.length).toBeGreaterThan(20);
      expect(mine.length - malicious.length).toBeGreaterThan(20);
      for (const { truth } of mine) expect(truth.malicious).toBe(!['none', 'hard_negative', 'benign_drift'].includes(truth.vector));
    }
  });

  it('carry mined payloads on both sides: as arguments of attacks and as quotations', () => {
    const [, pool] = pools[1] ?? expect.fail();
    const seeds = uniqueSeeds(STREAMED[1]?.items ?? []).map(({ value }) => JSON.stringify(value).slice(1, -1));
    expect(seeds.length).toBeGreaterThan(8);
    const drawn = drawMixed(pool, 'train', 600, 9);
    const holding = drawn.filter((message) => seeds.some((seed) => textOf(message).includes(seed)));
    const of = (kind: string, malicious: boolean): number =>
      holding.filter(({ message, truth }) => message.kind === kind && truth.malicious === malicious).length;
    for (const kind of ['call', 'result', 'resource']) {
      expect(of(kind, true), `${kind}, malicious`).toBeGreaterThan(0);
      expect(of(kind, false), `${kind}, benign`).toBeGreaterThan(0);
    }
  });

  it('depend on rows and seed alone', () => {
    for (const [index, [, pool]] of pools.entries()) {
      const again = createStreamedPool(bundled.data, STREAMED[index] ?? expect.fail());
      expect(again.hash).toBe(pool.hash);
      expect(drawMixed(again, 'train', 20, 11)).toEqual(drawMixed(pool, 'train', 20, 11));
    }
    expect(new Set(pools.map(([, pool]) => pool.hash)).size).toBe(3);
  });
});

describe('a mix of corpora', () => {
  const shares = { generated: 0.25, witfoo: 0.25, fenrir: 0.25, nist: 0.25 };

  it('draws in the shares given, for both classes', () => {
    const pool = createMixedPool(bundled.data, bundled.pool, STREAMED, { generated: 2, witfoo: 1, fenrir: 1, nist: 0 });
    const random = randomFrom(1, 'shares');
    const counts = { attack: new Map<string, number>(), session: new Map<string, number>() };
    for (let i = 0; i < 1_200; i++) {
      for (const [part, origin] of [
        ['attack', pool.attack(random, 'train', { stdio: false }).origin],
        ['session', pool.benignSession(random, 'train')[0]?.origin ?? ''],
      ] as const) {
        const { source } = sourceOfGroup(origin);
        counts[part].set(source, (counts[part].get(source) ?? 0) + 1);
      }
    }
    for (const part of [counts.attack, counts.session]) {
      expect((part.get('generated') ?? 0) / 1_200).toBeCloseTo(0.5, 1);
      expect((part.get('witfoo') ?? 0) / 1_200).toBeCloseTo(0.25, 1);
      expect(part.has('nist')).toBe(false);
    }
  });

  it('refuses a share without rows', () => {
    expect(() => createMixedPool(bundled.data, bundled.pool, [], shares)).toThrow(/no rows of it/);
  });

  it('does not give the label away by form alone', () => {
    const pool = createMixedPool(bundled.data, bundled.pool, STREAMED, shares);
    const { all, ...kinds } = formGiveaway(pool, 'train', 450, 21);
    expect(all).toBeLessThan(0.63);
    for (const [kind, accuracy] of Object.entries(kinds)) expect(accuracy, kind).toBeLessThan(0.7);
  });

  it('does not give the label away by form within the streamed rows', () => {
    for (const [id, pool] of pools) {
      const { result = 1, resource = 1, sampling = 1 } = formGiveaway(pool, 'train', 220, 22);
      for (const accuracy of [result, resource, sampling]) expect(accuracy, id).toBeLessThan(0.7);
    }
  });
});
