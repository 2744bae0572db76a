import fc from 'fast-check';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EpisodeId } from '../../contract/ids.ts';
import { LIBRARY_SORTS, libraryQuerySchema, type LibraryEpisode, type LibraryFilter } from '../../contract/replays.ts';
import { episodeId, episodeRecord, laneStep, stepRecord } from '../testing/fixtures.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openDatabase } from './openDatabase.ts';
import { openEpisodeStore, type SqliteEpisodeStore } from './sqliteEpisodeStore.ts';

let dataDir: string;
const open: { close(): void }[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'omniguard-library-'));
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function openStore(): SqliteEpisodeStore {
  const store = openEpisodeStore(dataDir);
  open.push(store);
  return store;
}

/** Three messages; the n-th episode has traits that follow from n. */
function play(store: SqliteEpisodeStore, number: number, { finish = true } = {}): EpisodeId {
  const id = episodeId(number);
  store.begin({ ...episodeRecord(number), phase: number % 2 === 0 ? 'bootstrapping' : 'evasion_obfuscation' });
  for (let position = 0; position < 3; position++) {
    const base = laneStep(id, 'baseline', position);
    const truth = { ...base.info.truth, malicious: position === 1, vector: position === 1 ? `vector_${number % 3}` : 'none' };
    for (const lane of ['baseline', 'trained'] as const) {
      const breached = position === 2 && lane === 'baseline' && number % 4 === 0;
      const step = laneStep(id, lane, position, {
        action: lane === 'trained' && number % 5 === 0 ? 'BLOCK' : 'ALLOW',
        verdict: breached ? 'FN' : lane === 'trained' && number % 6 === 0 ? 'FP' : 'TN',
        reward: lane === 'trained' ? number : 0.25,
      });
      const message = { ...step.message, context: { ...step.message.context, server: `files-${number}` } };
      store.append({ step: { ...step, message, info: { ...step.info, truth } }, countedMs: null, embeddingDistance: null });
    }
  }
  if (finish) store.finish(id, '2026-01-01T00:01:00.000Z', { baseline: 0, trained: 1 });
  return id;
}

function ids(store: SqliteEpisodeStore, filter: Partial<LibraryFilter>): readonly number[] {
  const { episodes, matching } = store.library.list(libraryQuerySchema.parse({ filter, limit: 200 }));
  expect(matching).toBe(episodes.length);
  return episodes.map(({ id }) => Number.parseInt(id.slice(3), 16));
}

const down = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => b - a);
const all = Array.from({ length: 12 }, (_, number) => number);

describe('filters', () => {
  it.each<[string, Partial<LibraryFilter>, (number: number) => boolean]>([
    ['nothing', {}, () => true],
    ['breach', { outcome: 'breach' }, (n) => n % 4 === 0],
    ['trained breach', { outcome: 'trained_breach' }, () => false],
    ['baseline breach only', { outcome: 'baseline_breach_only' }, (n) => n % 4 === 0],
    ['false alarm', { outcome: 'false_alarm' }, (n) => n % 6 === 0],
    ['clean', { outcome: 'clean' }, (n) => n % 4 !== 0 && n % 6 !== 0],
    ['unfinished', { outcome: 'unfinished' }, () => false],
    ['vector', { vectors: ['vector_1'] }, (n) => n % 3 === 1],
    ['two vectors', { vectors: ['vector_1', 'vector_2'] }, (n) => n % 3 > 0],
    ['phase', { phase: 'evasion_obfuscation' }, (n) => n % 2 === 1],
    ['disagreement', { disagreement: 'some' }, (n) => n % 5 === 0],
    ['no disagreement', { disagreement: 'none' }, (n) => n % 5 !== 0],
    ['words', { search: 'files-1' }, (n) => n === 1 || n > 9],
    ['words of a vector', { search: 'Vector_2 weath' }, () => false],
    ['words in any order', { search: 'forecast "files-2' }, (n) => n === 2],
    ['an id', { search: episodeId(7) }, (n) => n === 7],
    ['signs only', { search: ' "*" ) ' }, () => true],
    ['two conditions', { outcome: 'breach', phase: 'bootstrapping', vectors: ['vector_2'] }, (n) => n === 8],
  ])('%s', (_name, filter, matches) => {
    const store = openStore();
    all.forEach((number) => play(store, number));
    expect(ids(store, filter)).toEqual(down(all.filter(matches)));
  });

  it('names what can be chosen', () => {
    const store = openStore();
    all.forEach((number) => play(store, number));
    store.library.addTag([episodeId(1)], 'to discuss');
    store.library.delete([episodeId(2)]);
    expect(store.library.facets()).toEqual({
      vectors: ['vector_0', 'vector_1', 'vector_2'],
      models: ['nano-base', 'nano-omniguard'],
      tags: ['to discuss'],
      episodes: 11,
      deleted: 1,
    });
  });
});

describe('pages', () => {
  it('give every episode once, in any order, pinned ones first', () => {
    const store = openStore();
    all.forEach((number) => play(store, number));
    store.library.pin([episodeId(3), episodeId(8)], true);
    fc.assert(
      fc.property(fc.constantFrom(...LIBRARY_SORTS), fc.boolean(), fc.integer({ min: 1, max: 13 }), (sort, descending, limit) => {
        const seen: LibraryEpisode[] = [];
        for (let after = null; ;) {
          const page = store.library.list(libraryQuerySchema.parse({ sort, descending, limit, after }));
          seen.push(...page.episodes);
          if (page.next === null) break;
          after = page.next;
        }
        const whole = store.library.list(libraryQuerySchema.parse({ sort, descending, limit: 200 })).episodes;
        expect(seen).toEqual(whole);
        expect(new Set(seen.map(({ id }) => id)).size).toBe(12);
        expect(seen.slice(0, 2).every(({ pinned }) => pinned)).toBe(true);
        const rewards = seen.slice(2).map(({ reward }) => (descending ? -reward.trained : reward.trained));
        if (sort === 'trained_reward') expect(rewards).toEqual(rewards.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('marks', () => {
  it('pins, tags, bookmarks, and finds by them', () => {
    const { library } = openStoreWith(3);
    const id = episodeId(1);
    library.pin([id], true);
    library.addTag([id, episodeId(2)], 'später');
    library.addTag([id], 'später');
    library.addBookmark(id, 2, 'strange exfiltration');
    library.addBookmark(id, 0, '');
    const [first, second] = library.bookmarks(id);
    expect([first?.position, second?.position]).toEqual([0, 2]);
    library.editBookmark(id, first?.id ?? 0, 'start here');
    library.editBookmark(episodeId(2), second?.id ?? 0, 'not its own');
    expect(library.bookmarks(id).map(({ note }) => note)).toEqual(['start here', 'strange exfiltration']);
    expect(library.episode(id)).toMatchObject({ pinned: true, tags: ['später'], bookmarks: 2 });
    const found = (search: string) => library.list(libraryQuerySchema.parse({ filter: { search } })).episodes.map((episode) => episode.id);
    expect([found('exfil'), found('spät'), found('own')]).toEqual([[id], [id, episodeId(2)], []]);
    library.removeBookmark(id, second?.id ?? 0);
    library.removeTag([id], 'später');
    expect([found('exfil'), found('spät')]).toEqual([[], [episodeId(2)]]);
  });

  it('deletes with a way back', () => {
    const store = openStoreWith(3);
    store.library.delete([episodeId(1), episodeId(2)]);
    expect([ids(store, {}), ids(store, { deleted: true })]).toEqual([[0], [2, 1]]);
    expect(store.list({ limit: 9 }).map(({ id }) => id)).toEqual([episodeId(0)]);
    expect(store.recording(episodeId(1))).not.toBeNull();
    store.library.restore([episodeId(1)]);
    expect([ids(store, {}), ids(store, { deleted: true })]).toEqual([[1, 0], [2]]);
  });

  it('removes what was deleted long ago when the store is opened, and nothing else', () => {
    const store = openStoreWith(3);
    store.library.addTag([episodeId(1)], 'gone');
    store.library.delete([episodeId(1), episodeId(2)]);
    store.close();
    const database = openDatabase(dataDir);
    database.db.prepare("UPDATE library SET deleted_at = '2020-01-01T00:00:00.000Z' WHERE seq = 2").run();
    database.close();
    open.length = 0;
    const again = openStore();
    expect(again.recording(episodeId(1))).toBeNull();
    expect(again.recording(episodeId(2))?.steps).toHaveLength(6);
    expect(again.library.facets()).toMatchObject({ tags: [], episodes: 1, deleted: 1 });
    expect(again.status()).toMatchObject({ episodes: 2, steps: 12 });
  });
});

function openStoreWith(episodes: number): SqliteEpisodeStore {
  const store = openStore();
  for (let number = 0; number < episodes; number++) play(store, number);
  return store;
}

describe('an episode being played', () => {
  it('is found as far as it has come, and as it ended after a crash', () => {
    const store = openStore();
    play(store, 0, { finish: false });
    expect(ids(store, { outcome: 'unfinished', vectors: ['vector_0'] })).toEqual([0]);
    expect(store.library.episode(episodeId(0))).toMatchObject({ messages: 3, attacks: 1, breached: { baseline: true, trained: false } });
    store.append(stepRecord(episodeId(0), 'trained', 3, { verdict: 'FP' }));
    expect(store.library.episode(episodeId(0))).toMatchObject({ messages: 4, falseAlarms: { baseline: 0, trained: 4 } });
    store.append(stepRecord(episodeId(0), 'trained', 4));
    store.close();
    open.length = 0;
    expect(openStore().library.episode(episodeId(0))?.messages).toBe(5);
  });
});

describe('a store from before the library', () => {
  it('is copied, migrated and indexed', () => {
    const old = openDatabase(dataDir, { migrations: MIGRATIONS.slice(0, 1) });
    const insert = old.db.prepare(
      `INSERT INTO episodes (id, seed, phase, split, curriculum, config, corpus_sha256, baseline_model, baseline_sha256, trained_model, trained_sha256, started_at, finished_at)
       VALUES (?, 7, 'bootstrapping', 'test', '{}', '{}', 'c', 'nano-base', 'b', 'nano-omniguard', 't', '2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z')`,
    );
    insert.run(episodeId(0));
    old.close();
    const store = openStore();
    expect(ids(store, { search: 'nano-omni' })).toEqual([0]);
    expect(readdirSync(dataDir).filter((name) => name.includes('.v1-') && name.endsWith('.bak'))).toHaveLength(1);
  });
});

describe('marks of steps', () => {
  it('tell what the scrub bar shows', () => {
    const store = openStoreWith(1);
    expect(store.library.marks(episodeId(0))).toHaveLength(6);
    expect(store.library.marks(episodeId(0))[2]).toEqual({
      lane: 'baseline',
      position: 1,
      action: 'ALLOW',
      verdict: 'TN',
      reward: 0.25,
      decisionMs: 1.5,
      malicious: true,
      vector: 'vector_0',
      ticks: 1,
    });
    expect(store.recording(episodeId(0), { from: 1, to: 2 })?.steps.map(({ step }) => step.position)).toEqual([1, 1]);
  });
});
