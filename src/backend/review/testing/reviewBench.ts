import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action } from '../../../contract/actions.ts';
import type { CriticReport } from '../../../contract/episodes.ts';
import { modelIdSchema, sha256Schema } from '../../../contract/ids.ts';
import type { LaneStep } from '../../../contract/live.ts';
import type { AnalystId, LabelInput, ReviewItemId } from '../../../contract/review.ts';
import { DEFAULT_CONFIG } from '../../../engine/environment/defaults.ts';
import { createStoreReads } from '../../reads/storeReads.ts';
import { MemoryEpisodeStore } from '../../store/memoryEpisodeStore.ts';
import { openDatabase, type OpenDatabase } from '../../store/openDatabase.ts';
import { decision, episodeId, laneStep } from '../../testing/fixtures.ts';
import { modelEntry } from '../../testing/scriptedDefender.ts';
import { episodeFamily, type EpisodeOrigin } from '../episodeOrigin.ts';
import { createReviewService, type ReviewService } from '../reviewService.ts';

/** A review queue on a real database with a clock that a test turns. */
export interface ReviewBench {
  readonly review: ReviewService;
  readonly episodes: MemoryEpisodeStore;
  readonly database: OpenDatabase;
  readonly dataDir: string;
  readonly clock: { ms: number };
  /** Enqueues a disputed step and gives its item. */
  item(number: number, options?: StepOptions): ReviewItemId;
  analyst(name: string): AnalystId;
  close(): Promise<void>;
}

export interface StepOptions {
  readonly text?: string;
  readonly baseline?: Action;
  readonly trained?: Action;
  readonly drift?: number;
  readonly malicious?: boolean;
  readonly episode?: number;
}

export const START = Date.UTC(2026, 10, 1, 9);

const SHA = sha256Schema.parse('b'.repeat(64));

export const ORIGIN = (number: number): EpisodeOrigin => {
  const model = (id: string) => ({ id: modelIdSchema.parse(id), sha256: SHA, temperature: 1.5 });
  return {
    id: episodeId(number),
    family: episodeFamily(number, 'bootstrapping', 'test', 'c'.repeat(64)),
    models: { baseline: model('nano-base'), trained: model('nano-omniguard') },
    embedder: 'hashed',
  };
};

/** Both lanes' steps on one message whose drift the critic measured. */
export function disputedSteps(number: number, options: StepOptions = {}): readonly LaneStep[] {
  const {
    baseline = 'SEMANTIC_DIFF',
    trained = 'ALLOW',
    drift = 0.8,
    text = `Reads the weather number ${number}`,
    malicious = true,
  } = options;
  const threshold = DEFAULT_CONFIG.critic.threshold;
  const critic: CriticReport = {
    reference: 'user_task',
    drift,
    threshold,
    driftFound: drift >= threshold,
    score: 0.5,
    parts: { embedding: drift, lexical: 0, structural: 0 },
    spans: [{ start: 0, end: 5 }],
  };
  const base = laneStep(episodeId(options.episode ?? number), 'baseline', 0, { text });
  const message = {
    ...base.message,
    kind: 'call' as const,
    message: { jsonrpc: '2.0' as const, id: number, method: 'tools/call', params: { name: 'forecast', arguments: { query: text } } },
    context: { ...base.message.context, userTask: 'Tell me the weather in Rome.' },
  };
  const step = (lane: 'baseline' | 'trained', action: Action): LaneStep => ({
    ...base,
    lane,
    position: number % 20,
    message,
    decision: decision(action),
    info: {
      ...base.info,
      critic,
      truth: {
        ...base.info.truth,
        malicious,
        vector: malicious ? 'argument_hijack' : 'none',
        fitting: malicious ? 'SEMANTIC_DIFF' : 'ALLOW',
      },
    },
  });
  return [step('baseline', baseline), step('trained', trained)];
}

export function label(action: Action, rest: Partial<LabelInput> = {}): LabelInput {
  return { action, confidence: 'high', reasons: [], span: null, note: '', ...rest };
}

export function openReviewBench(dataDir = mkdtempSync(join(tmpdir(), 'omniguard-review-'))): ReviewBench {
  const database = openDatabase(dataDir);
  const reads = createStoreReads(database.db);
  const episodes = new MemoryEpisodeStore();
  const clock = { ms: START };
  const calibration = {
    modelSha256: SHA,
    temperature: 1.5,
    bias: [0, 0, 0, 0, 0, 0],
    fittedOn: 'tests',
    rows: 1,
    eceBefore: 0,
    eceAfter: 0,
  };
  const review = createReviewService({
    connection: database.db,
    reads,
    episodes,
    exportsDir: join(dataDir, 'exports'),
    critic: DEFAULT_CONFIG.critic,
    models: () => [
      { ...modelEntry('nano-base'), sha256: SHA },
      { ...modelEntry('nano-omniguard'), sha256: SHA, calibration },
    ],
    now: () => new Date(clock.ms),
  });
  const known = new Set<string>();
  return {
    review,
    episodes,
    database,
    dataDir,
    clock,
    item: (number, options = {}) => {
      review.consider(disputedSteps(number, options), ORIGIN(options.episode ?? number));
      const items = review.store.itemsAfter(0, 100_000).filter(({ id }) => !known.has(id));
      const [item] = items;
      if (item === undefined) throw new Error('the step was not disputed');
      known.add(item.id);
      // Overlap is drawn from the origin; tests choose it themselves by flagging.
      review.store.setRequired(item.seq, 1, 0);
      return item.id;
    },
    analyst: (name) => review.desk.createProfile(name).id,
    close: async () => {
      await reads.end();
      database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
