import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../contract/actions.ts';
import { episodeManifestLine } from '../../contract/episodeFile.ts';
import type { EpisodeId } from '../../contract/ids.ts';
import { libraryQuerySchema, type EpisodeLine } from '../../contract/replays.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { createComparison, type ComparisonEvent } from '../comparison/comparison.ts';
import { loadBundledCorpus, type BundledCorpus } from '../corpora/bundledCorpus.ts';
import { createStoreReads, type StoreReads } from '../reads/storeReads.ts';
import { MemoryEpisodeStore } from '../store/memoryEpisodeStore.ts';
import { openDatabase } from '../store/openDatabase.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { episodeId, episodeRecord, stepRecord } from '../testing/fixtures.ts';
import { scriptedDefender } from '../testing/scriptedDefender.ts';
import { parseEpisodeLine } from './episodeFile.ts';
import { createReplayService, type ReplayService } from './replayService.ts';
import { resimulate } from './resimulate.ts';

const CORPUS = new URL('../../../resources/corpus/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'omniguard-replays-'));
let pool: BundledCorpus;
let here: Opened;
let ids: readonly EpisodeId[];
/** Events as the live page received them, by episode. */
const told = new Map<EpisodeId, ComparisonEvent[]>();

interface Opened {
  readonly store: SqliteEpisodeStore;
  readonly replays: ReplayService;
  readonly reads: StoreReads;
}

function openReplays(name: string): Opened {
  const database = openDatabase(join(folder, name));
  const store = new SqliteEpisodeStore(database);
  const reads = createStoreReads(database.db);
  const replays = createReplayService({
    episodes: store,
    disk: store,
    reads,
    corpusDir: CORPUS,
    corpusSha256: pool.hash,
    version: '0.0.0',
  });
  return { store, replays, reads };
}

async function close({ store, replays, reads }: Opened): Promise<void> {
  await replays.dispose();
  await reads.end();
  store.close();
}

beforeAll(async () => {
  pool = await loadBundledCorpus(CORPUS);
  here = openReplays('here');
  const comparison = createComparison({
    environment: { config: { ...DEFAULT_CONFIG, split: 'test' }, pool },
    defenders: {
      baseline: scriptedDefender('nano-base', (_observation, index) => ACTIONS[index % 4] ?? 'ALLOW'),
      trained: scriptedDefender('nano-omniguard', (_observation, index) => ACTIONS[(index * 3 + 1) % 6] ?? 'BLOCK'),
    },
    scope: { seed: 5, phase: 'chained_exploitation', costPreset: 'balanced' },
    store: here.store,
  });
  let current: ComparisonEvent[] = [];
  while ([...told.values()].filter((events) => events.at(-1)?.type === 'episode_finished').length < 6) {
    for (const event of await comparison.advance()) {
      if (event.type === 'episode_started') told.set(event.episodeId, (current = []));
      current.push(event);
    }
  }
  // One that was left in the middle.
  current = [];
  for (const event of await comparison.advance()) {
    if (event.type === 'episode_started') told.set(event.episodeId, current);
    current.push(event);
  }
  ids = [...told.keys()];
});
afterAll(async () => {
  await close(here);
  rmSync(folder, { recursive: true, force: true });
});

describe('events of a stored episode', () => {
  it('are those that the live page received, but for the totals of earlier episodes', () => {
    for (const id of ids) {
      const { events, next } = here.replays.events(id, 0, 64);
      const stripped = events.map(({ seq: _seq, ...event }) => ('totals' in event ? { ...event, totals: null } : event));
      const live = (told.get(id) ?? []).map((event) =>
        'totals' in event ? { ...event, totals: null } : event.type === 'episode_started' ? { ...event, index: 0 } : event,
      );
      expect(stripped).toEqual(live);
      expect(next).toBeNull();
      expect(here.replays.episode(id).events).toBe(events.length);
    }
  });

  it('are the same in ranges of any size', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.integer({ min: 1, max: 20 }), (id, limit) => {
        const pieces = [];
        for (let from: number | null = 0; from !== null;) {
          const page = here.replays.events(id, from, limit);
          pieces.push(...page.events);
          from = page.next;
        }
        expect(pieces).toEqual(here.replays.events(id, 0, 64).events);
        expect(pieces.map(({ seq }) => seq)).toEqual(pieces.map((_, index) => index + 1));
      }),
    );
  });

  it('end with totals that are the sums of the steps', () => {
    const id = ids[0] ?? episodeId(0);
    const { events } = here.replays.events(id, 0, 64);
    for (const lane of ['baseline', 'trained'] as const) {
      const steps = events.filter((event) => event.type === 'step' && event.step.lane === lane);
      const last = steps.at(-1);
      const sum = steps.reduce((total, event) => total + (event.type === 'step' ? event.step.info.reward.total : 0), 0);
      expect(last?.type === 'step' ? last.totals.reward : null).toBeCloseTo(sum, 12);
      expect(last?.type === 'step' ? last.totals.steps : null).toBe(steps.length);
    }
  });

  it('come from memory when the disk has none', async () => {
    const memory = new MemoryEpisodeStore();
    const id = ids[0] ?? episodeId(0);
    const recording = here.store.recording(id);
    if (recording === null) throw new Error('the episode is missing');
    memory.begin(recording.episode);
    recording.steps.forEach((step) => memory.append(step));
    memory.finish(id, recording.finishedAt ?? '', { baseline: recording.scores.baseline ?? 0, trained: recording.scores.trained ?? 0 });
    const replays = createReplayService({
      episodes: memory,
      disk: null,
      reads: null,
      corpusDir: CORPUS,
      corpusSha256: pool.hash,
      version: '0.0.0',
    });
    expect(replays.events(id, 0, 64)).toEqual(here.replays.events(id, 0, 64));
    const { summary, ...rest } = here.replays.episode(id);
    expect(replays.episode(id)).toMatchObject({ ...rest, bookmarks: [] });
    const sums = replays.episode(id).summary;
    expect({ ...sums, reward: null }).toEqual({ ...summary, reward: null });
    expect(sums.reward.trained).toBeCloseTo(summary.reward.trained, 9);
    await expect(replays.list({} as never)).rejects.toThrow('library needs it');
    expect(() => replays.episode(episodeId(1))).toThrow('no episode');
  });
});

describe('the library', () => {
  it('finds in its worker what is being played, as far as it has come', async () => {
    const there = openReplays('playing');
    const unfinished = libraryQuerySchema.parse({ filter: { outcome: 'unfinished' } });
    there.store.begin(episodeRecord(1));
    for (let position = 0; position < 3; position++) {
      there.store.append(stepRecord(episodeId(1), 'trained', position));
      const { matching, episodes } = await there.replays.list(unfinished);
      expect([matching, episodes[0]?.messages]).toEqual([1, position + 1]);
      expect(await there.replays.facets()).toEqual(there.store.library.facets());
    }
    await close(there);
  });
});

describe('re-simulation', () => {
  it('proves every stored episode bit for bit, in a worker', async () => {
    for (const id of ids) {
      const result = await here.replays.resimulate(id);
      expect(result).toMatchObject({ identical: true, lanes: { baseline: { ok: true }, trained: { ok: true } } });
    }
    await expect(here.replays.resimulate(episodeId(99))).rejects.toThrow('no episode');
  });

  it.each<[string, (text: string) => string, { position: number; field: string }]>([
    ['a reward', (text) => text.replace(/("total":)(-?[\d.]+)/, '$10.123'), { position: 0, field: 'info.reward.total' }],
    ['the message', (text) => text.replace('"jsonrpc":"2.0"', '"jsonrpc":"2.1"'), { position: 0, field: 'message.message.jsonrpc' }],
    ['the normalised text', (text) => text.replace('"normalizedText":"', '"normalizedText":"!'), { position: 0, field: 'normalizedText' }],
    [
      'the seed',
      (text) => text.replace(/"seed":(\d)/, '"seed":1$1').replace(/"seed":(\d{9})\d+/, '"seed":$1'),
      { position: 0, field: 'message' },
    ],
    ['the corpus', (text) => text.replace(/"corpusSha256":"./, '"corpusSha256":"x'), { position: -1, field: 'corpusHash' }],
    ['the configuration', (text) => text.replace(/"budgetTicks":\d+/, '"budgetTicks":0'), { position: -1, field: 'config.budgetTicks' }],
  ])('says where it diverges: %s', (_name, change, { position, field }) => {
    const recording = here.store.recording(ids[1] ?? episodeId(0));
    const { identical, lanes } = resimulate(JSON.parse(change(JSON.stringify(recording))) as NonNullable<typeof recording>, pool);
    expect(identical).toBe(false);
    expect(lanes.baseline).toMatchObject({ ok: false, position });
    expect(lanes.baseline.ok ? '' : lanes.baseline.field).toContain(field);
  });

  it('says when the score differs', () => {
    const recording = here.store.recording(ids[2] ?? episodeId(0));
    if (recording === null) throw new Error('the episode is missing');
    const { lanes } = resimulate({ ...recording, scores: { ...recording.scores, trained: 0.987 } }, pool);
    expect(lanes).toMatchObject({ baseline: { ok: true }, trained: { ok: false, field: 'score', stored: '0.987' } });
  });
});

describe('episode files', () => {
  const manifest = (parts: readonly EpisodeLine[]) =>
    episodeManifestLine({ createdAt: '2026-01-01T00:00:00.000Z', version: '0.0.0', parts });
  const content = (parts: readonly EpisodeLine[]) => [...parts.map(({ text }) => text), manifest(parts), ''].join('\n');

  async function importText(there: Opened, text: string): Promise<unknown> {
    const { import: id } = await there.replays.importBegin();
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 50_000)
      await there.replays.importWrite(id, bytes.subarray(at, at + 50_000).toString('base64'));
    return there.replays.importFinish(id);
  }

  it('carry episodes to another store exactly, with tags, pins and bookmarks, and again change nothing', async () => {
    const there = openReplays('there');
    const id = ids[0] ?? episodeId(0);
    here.store.library.addTag([id], 'gezeigt');
    here.store.library.addBookmark(id, 1, 'look “here”');
    here.store.library.pin([id], true);
    const lines = await here.replays.exportLines([...ids, episodeId(99)]);
    expect(lines).toHaveLength(ids.length);
    expect(await importText(there, content(lines))).toEqual({ imported: ids.length, known: 0, conflicts: [] });
    for (const each of ids) expect(there.store.recording(each)).toEqual(here.store.recording(each));
    expect(there.store.library.episode(id)).toEqual({ ...here.store.library.episode(id), imported: true });
    expect(there.store.library.bookmarks(id)).toMatchObject([{ position: 1, note: 'look “here”' }]);
    expect(there.store.status().episodes).toBe(ids.length);

    there.store.library.delete([id]);
    expect(await importText(there, content(lines))).toEqual({ imported: 0, known: ids.length, conflicts: [] });
    expect(there.store.library.episode(id)?.deletedAt).toBeNull();
    expect((await there.replays.resimulate(id)).identical).toBe(true);
    await close(there);
  });

  it('never overwrite another episode with the same id', async () => {
    const there = openReplays('conflict');
    const [line] = await here.replays.exportLines(ids.slice(0, 1));
    const other = parseEpisodeLine(line?.text ?? '', 1);
    there.store.import({ ...other, scores: { baseline: 0.5, trained: 0.5 } }, other);
    expect(await importText(there, content(line === undefined ? [] : [line]))).toEqual({
      imported: 0,
      known: 0,
      conflicts: [other.episode.id],
    });
    expect(there.store.recording(other.episode.id)?.scores.trained).toBe(0.5);
    await close(there);
  });

  it('are refused whole when anything in them is wrong', async () => {
    const there = openReplays('damaged');
    const lines = await here.replays.exportLines(ids.slice(0, 2));
    const whole = content(lines);
    const changed = (edit: (text: string) => string) =>
      content(lines.map((line, index) => (index === 1 ? { ...line, text: edit(line.text) } : line)));
    const resigned = lines.map((line, index) =>
      index === 1 ? { ...line, text: line.text.replace('"lane":"trained"', '"lane":"third"') } : line,
    );
    const bad: readonly (readonly [string, string])[] = [
      [whole.slice(0, whole.length / 2), 'incomplete'],
      [whole.slice(0, whole.lastIndexOf('\n', whole.length - 2)), 'incomplete'],
      [changed((text) => text.replace('"total":', '"total": ')), 'Line 2 was changed'],
      [changed((text) => text.replace('"tags":[]', '"tags":[5]')), 'Line 2 is no episode: tags.0'],
      [content(resigned), 'Line 2 is no episode: steps'],
      [`${lines[0]?.text ?? ''}\n${manifest(lines)}\n`, 'names 2 episodes, the file holds 1'],
      ['', 'incomplete'],
      ['PK\u0003\u0004 something else', 'no episode file'],
      [`${'['.repeat(20_000)}\n${manifest(lines)}`, 'Line 1'],
    ];
    for (const [text, message] of bad) await expect(importText(there, text)).rejects.toThrow(message);
    expect(there.store.status().episodes).toBe(0);
    await expect(there.replays.importWrite('im-0000000000000000', '')).rejects.toThrow('given up');
    await close(there);
  });

  it('with any text instead of an episode give one sentence, never a crash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseEpisodeLine(text, 3)).toThrow(/^Line 3 is (no episode|not valid JSON)/);
      }),
    );
  });

  it('can be written to a file and read back by name', async () => {
    const lines = await here.replays.exportLines(ids.slice(0, 1));
    const file = join(folder, 'episodes.jsonl');
    await writeFile(file, content(lines).replaceAll('\n', '\r\n'));
    const there = openReplays('windows');
    const { importEpisodeFile } = await import('./episodeFile.ts');
    expect(await importEpisodeFile(there.store, file)).toMatchObject({ imported: 1 });
    await close(there);
  });
});
