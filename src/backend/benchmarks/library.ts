import type { z } from 'zod';
import { libraryQuerySchema, type LibraryCursor, type LibraryFilter, type LibraryPage } from '../../contract/replays.ts';
import { createStoreReads } from '../reads/storeReads.ts';
import type { OpenDatabase } from '../store/openDatabase.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import type { BenchmarkFigure } from './report.ts';
import { eventLoopDelay, idleEventLoopDelay, milliseconds, percentile, timedAsync } from './timing.ts';

export interface LibraryBenchmarkOptions {
  /** Episodes of eight messages and two lanes each. */
  readonly episodes: number;
  /** Timed reads of each kind. */
  readonly reads: number;
}

const MESSAGES = 8;

const FILTERS: readonly (readonly [name: string, filter: Partial<LibraryFilter>])[] = [
  ['no filter', {}],
  ['outcome', { outcome: 'breach' }],
  ['rare outcome', { outcome: 'trained_false_alarm' }],
  ['one vector', { vectors: ['vector-3'] }],
  ['six vectors', { vectors: [1, 2, 3, 4, 5, 6].map((index) => `vector-${index}`) }],
  ['phase', { phase: 'chained_exploitation' }],
  ['disagreement', { disagreement: 'some' }],
  ['search, common word', { search: 'tool' }],
  ['search, rare words', { search: 'server-17 tool-3' }],
  ['search, one letter', { search: 's' }],
  ['everything at once', { outcome: 'clean', vectors: ['vector-3'], phase: 'bootstrapping', disagreement: 'some', search: 'server-1' }],
];

/**
 * Fills a new store by plain inserts, indexes it as a store from an older version would be, and times every filter of
 * the library as the page asks for it, in the worker: a page of 100 episodes with the count of all that match; meanwhile
 * the delay of this thread's event loop. Steps hold no message text, which no filter reads.
 */
export async function measureLibrary(database: OpenDatabase, options: LibraryBenchmarkOptions): Promise<BenchmarkFigure[]> {
  fillLibrary(database, { episodes: options.episodes, messages: MESSAGES });
  const indexing = milliseconds(() => new SqliteEpisodeStore(database));
  const reads = createStoreReads(database.db);
  try {
    const decisions = options.episodes * MESSAGES * 2;
    const note = `A page of 100 with its count, asked of the worker; ${decisions} decisions of ${options.episodes} episodes stored.`;
    const ask = (query: z.input<typeof libraryQuerySchema>) => () => reads.run('episodes', libraryQuerySchema.parse(query));
    const questions: readonly (readonly [string, () => Promise<LibraryPage>])[] = [
      ...FILTERS.map(([name, filter]) => [`filter: ${name}`, ask({ filter })] as const),
      ...(['reward_gap', 'disagreements'] as const).map((sort) => [`sorted by ${sort.replace('_', ' ')}`, ask({ sort })] as const),
    ];
    await ask({})();
    const measured: { readonly name: string; readonly p95: number; readonly work: () => Promise<LibraryPage> }[] = [];
    for (const [name, work] of questions) measured.push({ name, work, p95: percentile(await timedAsync(options.reads, work), 0.95) });
    const slowest = measured.reduce((most, each) => (each.p95 > most.p95 ? each : most));
    const next = percentile(await timedAsync(options.reads, ask({ after: deepCursor(options.episodes) })), 0.95);
    const { p99, max } = await eventLoopDelay(async () => {
      await timedAsync(options.reads, slowest.work);
    });
    const idle = await idleEventLoopDelay();
    const loop = `Of this thread while the worker answered the slowest one (${slowest.name}) ${options.reads} times; at most 16 ms are allowed.`;
    return [
      ...measured.map(({ name, p95 }) => ({ name: `${name}, p95`, value: p95, unit: 'ms', note })),
      { name: 'next page in the middle, p95', value: next, unit: 'ms', note },
      { name: 'slowest filter or order, p95', value: slowest.p95, unit: 'ms', note },
      { name: 'event loop delay, p99', value: p99, unit: 'ms', note: loop },
      { name: 'event loop delay, longest', value: max, unit: 'ms', note: loop },
      {
        name: 'event loop delay when idle, longest',
        value: idle.max,
        unit: 'ms',
        note: 'For a second, nothing asked: the machine’s own share.',
      },
      {
        name: 'episodes indexed per second',
        value: options.episodes / (indexing / 1_000),
        unit: '1/s',
        note: 'Once, when an older store is opened.',
      },
    ];
  } finally {
    await reads.end();
  }
}

/** Finished episodes with so many messages in both lanes, without texts; a new store indexes them. */
export function fillLibrary({ db }: OpenDatabase, { episodes, messages }: { readonly episodes: number; readonly messages: number }): void {
  const numbers = (count: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count}), r(i, h) AS (SELECT i, (i * 2654435761) % 4294967296 FROM n)`;
  db.transaction(() => {
    db.exec(`
      INSERT INTO episodes (seq, id, seed, phase, split, curriculum, config, corpus_sha256, baseline_model, baseline_sha256, trained_model, trained_sha256, started_at, finished_at)
      ${numbers(episodes)}
      SELECT i + 1, printf('ep-%016x', i), h, iif(h % 3 = 0, 'bootstrapping', iif(h % 3 = 1, 'evasion_obfuscation', 'chained_exploitation')),
        'test', '{}', printf('%.700c', ' '), 'c', 'nano-base', 'b', 'nano-omniguard', 't', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z'
      FROM r;
      INSERT INTO steps (key, episode, lane, position, action, verdict, reward, security, usability, latency, format, decision_ms, message, observation, decision, truth, info)
      ${numbers(episodes * messages * 2)}
      SELECT (i / ${messages * 2} + 1) * 65536 + i % ${messages * 2}, i / ${messages * 2} + 1, iif(i % 2 = 0, 'baseline', 'trained'), i % ${messages * 2} / 2,
        iif(h % 7 = 0, 'BLOCK', 'ALLOW'), iif(i % 2 = 0 AND h % 61 = 0, 'FN', iif(h % 499 = 1, 'FP', 'TN')), h % 200 / 100.0 - 1, 0, 0, 0, 0, 5,
        printf('{"context":{"server":"server-%d","tool":"tool-%d"}}', h / 2 % 60, h / 128 % 9), '{}', '{}',
        printf('{"malicious":%s,"vector":"%s"}', iif(h / 2 % 3 = 0, 'true', 'false'), iif(h / 2 % 3 = 0, printf('vector-%d', h / 2 % 20), 'none')), '{"ticks":1}'
      FROM r;`);
  }).immediate();
}

/** A cursor half-way through the newest episodes. */
function deepCursor(episodes: number): LibraryCursor | null {
  const id = `ep-${Math.floor(episodes / 2)
    .toString(16)
    .padStart(16, '0')}`;
  return libraryQuerySchema.parse({ after: { pinned: false, value: 0, id } }).after;
}
