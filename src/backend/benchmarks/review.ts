import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTIONS, perAction, type Action } from '../../contract/actions.ts';
import type { Decision } from '../../contract/decisions.ts';
import { episodeIdSchema, modelIdSchema, sha256Schema } from '../../contract/ids.ts';
import type { Lane, LaneStep } from '../../contract/live.ts';
import type { AnalystId, ReviewFilter, ReviewSort } from '../../contract/review.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { observe, startEpisode, step } from '../../engine/environment/environment.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import { episodeFamily, type EpisodeOrigin } from '../review/episodeOrigin.ts';
import { createReviewService, type ReviewService } from '../review/reviewService.ts';
import { createStoreReads } from '../reads/storeReads.ts';
import { MemoryEpisodeStore } from '../store/memoryEpisodeStore.ts';
import { openDatabase, type OpenDatabase } from '../store/openDatabase.ts';
import type { BenchmarkFigure, BenchmarkReport } from './report.ts';
import { eventLoopDelay, idleEventLoopDelay, percentile, timed, timedAsync } from './timing.ts';

export interface ReviewBenchmarkOptions {
  /** Default: the bundled corpus. */
  readonly pool?: MessagePool;
  /** Items in the queue, > 0. */
  readonly items?: number;
  /** Timed reads of each kind. */
  readonly reads?: number;
}

const SLOWEST = 'slowest filter, p95';
const PLAIN = 'bare scan of the same table, p95';
const LIMIT_MS = 150;

/**
 * Fills a review queue on a new file with disputed steps of real messages, a third of them labelled, and times each
 * filter: the page of 100 rows and the count. The peer is SQLite's own scan of the table, without filter and view.
 * @throws CorpusError when no pool is given and the bundled corpus cannot be read
 */
export async function benchmarkReview(options: ReviewBenchmarkOptions = {}): Promise<BenchmarkReport> {
  const { items = 20_000, reads: count = 20 } = options;
  const pool = options.pool ?? (await loadBundledCorpus());
  const folder = await mkdtemp(join(tmpdir(), 'omniguard-bench-'));
  try {
    const database = openDatabase(folder);
    const reads = createStoreReads(database.db);
    try {
      const review = createReviewService({
        connection: database.db,
        reads,
        episodes: new MemoryEpisodeStore(),
        exportsDir: folder,
        critic: DEFAULT_CONFIG.critic,
        models: () => [],
      });
      const intakeMs = fill(review, pool, items);
      const analyst = labelSome(review);
      const rows: { readonly name: string; readonly total: number; readonly p50: number; readonly p95: number }[] = [];
      // The worker starts with its first question, once.
      await review.overview(analyst);
      const idle = await idleEventLoopDelay();
      const delay = await eventLoopDelay(async () => {
        for (const { name, filter, sort = 'uncertainty' } of FILTERS) {
          const query = { analyst, filter, sort, limit: 100 } as const;
          const { total } = await review.queue(query);
          rows.push({ name, total, ...quantiles(await timedAsync(count, () => review.queue(query))) });
        }
      });
      const scan = database.db.prepare('SELECT count(*), sum(margin), sum(length(server)) FROM review_items');
      const plain = quantiles(timed(count, () => scan.get()));
      const slowest = Math.max(...rows.map(({ p95 }) => p95));
      const overview = quantiles(await timedAsync(count, () => review.overview(analyst)));
      const next = quantiles(
        timed(count, () => {
          const task = review.desk.next(analyst, {}, 'uncertainty');
          if (task !== null) review.desk.release(task.itemId, analyst);
        }),
      );
      const exporting = await eventLoopDelay(async () => {
        await review.exportLabels({ format: 'sft', filter: {} });
      });
      const figures: BenchmarkFigure[] = [
        {
          name: SLOWEST,
          value: slowest,
          unit: 'ms',
          note: `Of ${rows.length} filters over ${items} items, asked of the worker; at most ${LIMIT_MS} ms are allowed.`,
        },
        {
          name: 'event loop delay when idle, longest',
          value: idle.max,
          unit: 'ms',
          note: 'For a second, nothing asked: the machine’s own share.',
        },
        {
          name: 'event loop delay while filtering, p99',
          value: delay.p99,
          unit: 'ms',
        },
        {
          name: 'event loop delay while filtering, longest',
          value: delay.max,
          unit: 'ms',
          note: 'Of this thread while the worker answered every filter; at most 16 ms are allowed.',
        },
        {
          name: 'event loop delay while exporting, longest',
          value: exporting.max,
          unit: 'ms',
          note: 'Of this thread while the worker wrote all labels as training rows.',
        },
        { name: 'slowest filter, p50', value: Math.max(...rows.map(({ p50 }) => p50)), unit: 'ms' },
        { name: PLAIN, value: plain.p95, unit: 'ms' },
        { name: 'bare scan of the same table, p50', value: plain.p50, unit: 'ms' },
        { name: 'overview of the page, p50', value: overview.p50, unit: 'ms' },
        { name: 'overview of the page, p95', value: overview.p95, unit: 'ms', note: 'Asked for every four seconds by an open page.' },
        { name: 'next item reserved, p95', value: next.p95, unit: 'ms' },
        {
          name: 'disputed step enqueued, mean',
          value: intakeMs,
          unit: 'ms',
          note: 'One transaction: item, evidence, search index and audit event.',
        },
      ];
      return {
        name: 'review',
        figures,
        ratio: { name: 'slowest filter / bare scan', ours: SLOWEST, peer: PLAIN, value: slowest / plain.p95 },
        table: {
          title: 'Filters, page of 100 rows and count, milliseconds',
          columns: ['filter', 'matches', 'p50', 'p95'],
          rows: rows.map(({ name, total, p50, p95 }) => [name, total, p50, p95]),
        },
      };
    } finally {
      await reads.end();
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const FILTERS: readonly { readonly name: string; readonly filter: ReviewFilter; readonly sort?: ReviewSort }[] = [
  { name: 'everything, by uncertainty', filter: {} },
  { name: 'everything, newest', filter: {}, sort: 'newest' },
  { name: 'everything, by severity', filter: {}, sort: 'severity' },
  { name: 'open', filter: { states: ['pending', 'needs_second'] } },
  { name: 'critic disagrees', filter: { causes: ['critic_disagrees'] } },
  { name: 'attack family', filter: { family: 'tool_poisoning' } },
  { name: 'action pair', filter: { baselineAction: 'SEMANTIC_DIFF', trainedAction: 'ALLOW' } },
  { name: 'model', filter: { model: modelIdSchema.parse('trained') } },
  { name: 'margin up to 0.05', filter: { maxMargin: 0.05 } },
  { name: 'mine', filter: { mine: true } },
  { name: 'disagreements', filter: { disagreements: true } },
  { name: 'text, rare', filter: { text: 'credential' } },
  { name: 'text, in nearly every item', filter: { text: 'the' } },
  { name: 'text, two characters', filter: { text: 'ma' } },
  {
    name: 'all at once',
    filter: { states: ['pending', 'needs_second'], causes: ['near_threshold', 'models_disagree'], maxMargin: 0.2, text: 'file' },
  },
];

/** Puts disputed steps of real messages into the queue of a store, and labels a third of them. */
export async function fillReviewQueue(database: OpenDatabase, items: number): Promise<void> {
  const pool = await loadBundledCorpus();
  const review = createReviewService({
    connection: database.db,
    reads: createStoreReads(database.db),
    episodes: new MemoryEpisodeStore(),
    exportsDir: '',
    critic: DEFAULT_CONFIG.critic,
    models: () => [],
  });
  // One transaction: many small ones take their time on the disk.
  review.store.transaction(() => {
    fill(review, pool, items);
    labelSome(review);
  });
}

/** Milliseconds an item takes on average. */
function fill(review: ReviewService, pool: MessagePool, items: number): number {
  const random = randomFrom(1, 'review-benchmark');
  const env = { config: DEFAULT_CONFIG, pool };
  let spent = 0;
  let count = 0;
  for (let seed = 0; count < items; seed++) {
    const origin = originOf(seed, pool.hash);
    let state = startEpisode(env, { seed, phase: 'evasion_obfuscation' });
    for (let seen = observe(env, state); seen !== null && count < items; seen = observe(env, state)) {
      const played = step(env, state, {
        action: 'REVOKE_STDIO',
        confidence: 0.5,
        rationale: 'The channel is closed because the message asks too much.',
      });
      const { message, normalizedText, hints, layers, budgetLeft } = seen;
      const { position } = state;
      state = played.state;
      if (played.info.critic === null) continue;
      const laneStep = (lane: Lane, action: Action): LaneStep => ({
        lane,
        episodeId: origin.id,
        position,
        message,
        normalizedText,
        hints,
        layers,
        budgetLeft,
        decision: decisionOf(action, random.next()),
        info: played.info,
      });
      const steps = [
        laneStep('baseline', 'SEMANTIC_DIFF'),
        laneStep('trained', random.pick(ACTIONS.filter((action) => action !== 'SEMANTIC_DIFF'))),
      ];
      const startedAt = performance.now();
      review.consider(steps, origin);
      spent += performance.now() - startedAt;
      count++;
    }
  }
  return spent / count;
}

/** A third of the items labelled by two analysts, half of those in disagreement. */
function labelSome(review: ReviewService): AnalystId {
  const [first, second] = [review.desk.createProfile('First').id, review.desk.createProfile('Second').id];
  const items = review.store.itemsAfter(0, 1_000_000);
  const label = (action: Action) => ({ action, confidence: 'medium' as const, reasons: [], span: null, note: '' });
  review.store.transaction(() => {
    items.forEach((item, index) => {
      if (index % 3 !== 0) return;
      if (item.required === 2 || index % 6 === 0) review.store.setRequired(item.seq, 2, item.analyst_flag);
      for (const [analyst, action] of [
        [first, 'ALLOW'],
        [second, index % 12 === 0 ? 'BLOCK' : 'ALLOW'],
      ] as const) {
        const { required, status } = review.store.item(item.id);
        if (status === 'submitted' || (analyst === second && required === 1)) continue;
        review.store.addLabel({
          item,
          analyst,
          purpose: 'label',
          label: label(action),
          firstChoice: null,
          sawSuggestion: true,
          guideline: '1.0',
          seconds: 10,
          at: '2026-01-01T00:00:00.000Z',
        });
        review.store.settle(item.seq, '2026-01-01T00:00:00.000Z');
      }
    });
  });
  return first;
}

function originOf(seed: number, corpus: string): EpisodeOrigin {
  const model = (id: string) => ({ id: modelIdSchema.parse(id), sha256: sha256Schema.parse('0'.repeat(64)), temperature: 1 });
  return {
    id: episodeIdSchema.parse(`ep-${randomBytes(8).toString('hex')}`),
    family: episodeFamily(seed, 'evasion_obfuscation', 'test', corpus),
    models: { baseline: model('baseline'), trained: model('trained') },
    embedder: 'hashed',
  };
}

function decisionOf(action: Action, lead: number): Decision {
  return {
    action,
    probabilities: perAction((other) => (other === action ? (1 + lead) / 6 : (1 - lead / 5) / 6)),
    expectedCost: null,
    confidence: (1 + lead) / 6,
    labelMass: 1,
    restrictions: [],
    rationale: 'The channel is closed because the message asks for more than the task needs.',
    evidence: [],
    abstention: null,
    decisionMs: 5,
    newTokens: 100,
  };
}

function quantiles(times: readonly number[]): { readonly p50: number; readonly p95: number } {
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}
