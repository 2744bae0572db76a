import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { perAction } from '../../contract/actions.ts';
import type { Decision } from '../../contract/decisions.ts';
import { episodeIdSchema, modelIdSchema, sha256Schema, type EpisodeId } from '../../contract/ids.ts';
import { LANES } from '../../contract/live.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { initialCurriculum } from '../../engine/environment/curriculum.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { observe, startEpisode, step } from '../../engine/environment/environment.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { loadBundledCorpus } from '../corpora/bundledCorpus.ts';
import type { EpisodeRecord, StepRecord } from '../store/episodeStore.ts';
import { openDatabase } from '../store/openDatabase.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { measureLibrary } from './library.ts';
import type { BenchmarkFigure, BenchmarkReport } from './report.ts';
import { median, milliseconds, percentile, timed } from './timing.ts';

export interface StoreBenchmarkOptions {
  /** Where the messages come from; the bundled corpus by default. */
  readonly pool?: MessagePool;
  /** Steps of one timed round, > 0. */
  readonly stepsPerRound?: number;
  /** Timed rounds; the median counts. */
  readonly rounds?: number;
  /** Steps in the store when it is read. */
  readonly steps?: number;
  /** Timed reads of each kind. */
  readonly reads?: number;
  /** Episodes of 16 decisions in the library whose filters are timed. */
  readonly libraryEpisodes?: number;
}

const OURS = 'steps stored per second';
const PEER = 'bare inserts per second';
const SAMPLE_EPISODES = 40;

/**
 * Measures the store on a new file in the system's temporary folder: steps a second, one transaction each, and as the
 * peer one bare better-sqlite3 insert of the same bytes with the same settings; then how long reads take, and how long
 * the library's filters take on a million decisions.
 * @throws CorpusError when no pool is given and the bundled corpus cannot be read
 */
export async function benchmarkStore(options: StoreBenchmarkOptions = {}): Promise<BenchmarkReport> {
  const { stepsPerRound = 2_000, rounds = 5, steps = 100_000, reads = 300, libraryEpisodes = 62_500 } = options;
  const sample = sampleSteps(options.pool ?? (await loadBundledCorpus()));
  const folder = await mkdtemp(join(tmpdir(), 'omniguard-bench-'));
  try {
    const writing = new WriteBenchmark(folder, sample);
    try {
      const ours: number[] = [];
      const peers: number[] = [];
      for (let round = 0; round < rounds; round++) {
        ours.push(perSecond(stepsPerRound, () => writing.store(stepsPerRound)));
        peers.push(perSecond(stepsPerRound, () => writing.peer(stepsPerRound)));
      }
      writing.store(Math.max(0, steps - rounds * stepsPerRound));
      const figures: BenchmarkFigure[] = [
        {
          name: OURS,
          value: median(ours),
          unit: '1/s',
          note: 'One transaction a step, JSON and sums of the episode included; WAL, synchronous NORMAL.',
        },
        {
          name: PEER,
          value: median(peers),
          unit: '1/s',
          note: 'One transaction each, the same bytes as one text, already serialised; same settings.',
        },
        { name: 'bytes per step', value: writing.meanBytes, unit: 'bytes' },
        ...writing.reads(reads),
        ...(await filters(join(folder, 'library'), libraryEpisodes, Math.ceil(reads / 20))),
      ];
      return {
        name: 'store',
        figures,
        ratio: { name: 'store / bare insert', ours: OURS, peer: PEER, value: median(ours) / median(peers) },
      };
    } finally {
      writing.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function filters(folder: string, episodes: number, reads: number): Promise<BenchmarkFigure[]> {
  const database = openDatabase(folder);
  try {
    return await measureLibrary(database, { episodes, reads });
  } finally {
    database.close();
  }
}

/** One store and one bare table, both filled from the same sample. */
class WriteBenchmark {
  readonly meanBytes: number;
  private readonly episodes: SqliteEpisodeStore;
  private readonly bare: Database.Database;
  private readonly insertBare: Database.Statement;
  private readonly sample: readonly (readonly StepRecord[])[];
  private readonly texts: readonly string[];
  private readonly ids: EpisodeId[] = [];

  constructor(folder: string, sample: readonly (readonly StepRecord[])[]) {
    this.sample = sample;
    this.texts = sample.flat().map((record) => JSON.stringify(record));
    this.meanBytes = this.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / this.texts.length;
    this.episodes = new SqliteEpisodeStore(openDatabase(join(folder, 'store')));
    this.bare = new Database(join(folder, 'bare.sqlite'));
    this.bare.pragma('journal_mode = WAL');
    this.bare.pragma('synchronous = NORMAL');
    this.bare.exec('CREATE TABLE steps (step TEXT NOT NULL) STRICT');
    this.insertBare = this.bare.prepare('INSERT INTO steps VALUES (?)');
  }

  /** Appends steps, episode by episode, until `count` are written. */
  store(count: number): void {
    for (let written = 0; written < count;) {
      const records = this.sample[this.ids.length % this.sample.length] ?? [];
      const id = episodeId();
      this.episodes.begin(episodeRecord(id));
      this.ids.push(id);
      for (const record of records.slice(0, count - written)) {
        this.episodes.append({ ...record, step: { ...record.step, episodeId: id } });
        written++;
      }
      this.episodes.finish(id, '2026-01-01T00:00:00.000Z', { baseline: 0, trained: 0 });
    }
  }

  peer(count: number): void {
    for (let index = 0; index < count; index++) this.insertBare.run(this.texts[index % this.texts.length]);
  }

  reads(count: number): BenchmarkFigure[] {
    const random = randomFrom(1, 'store-benchmark');
    const { steps } = this.episodes.status();
    const note = `With ${steps} steps of ${this.ids.length} episodes stored.`;
    const kinds: readonly (readonly [string, () => unknown])[] = [
      ['newest page of 50 episodes', () => this.episodes.list({ limit: 50 })],
      ['page of 50 before any episode', () => this.episodes.list({ before: random.pick(this.ids), limit: 50 })],
      ['all steps of one episode', () => this.episodes.recording(random.pick(this.ids))],
      ['counts', () => this.episodes.status()],
    ];
    return kinds.flatMap(([name, read]) => {
      const times = timed(count, read);
      return [
        { name: `${name}, p50`, value: percentile(times, 0.5), unit: 'ms', note },
        { name: `${name}, p95`, value: percentile(times, 0.95), unit: 'ms', note },
      ];
    });
  }

  close(): void {
    this.episodes.close();
    this.bare.close();
  }
}

/** Whole episodes of real messages, every malicious one revoked, so that none ends early. */
function sampleSteps(pool: MessagePool): readonly (readonly StepRecord[])[] {
  const env = { config: DEFAULT_CONFIG, pool };
  const id = episodeId();
  return Array.from({ length: SAMPLE_EPISODES }, (_, seed) => {
    const records: StepRecord[] = [];
    let state = startEpisode(env, { seed, phase: 'evasion_obfuscation' });
    for (let seen = observe(env, state); seen !== null; seen = observe(env, state)) {
      const { position } = state;
      const played = step(env, state, { action: 'REVOKE_STDIO', confidence: DECISION.confidence, rationale: DECISION.rationale });
      const { message, normalizedText, hints, layers, budgetLeft } = seen;
      for (const lane of LANES) {
        records.push({
          step: {
            lane,
            episodeId: id,
            position,
            message,
            normalizedText,
            hints,
            layers,
            budgetLeft,
            decision: DECISION,
            info: played.info,
          },
          countedMs: DECISION.decisionMs,
          embeddingDistance: null,
        });
      }
      state = played.state;
    }
    return records;
  });
}

const DECISION: Decision = {
  action: 'REVOKE_STDIO',
  probabilities: perAction(() => 1 / 6),
  expectedCost: null,
  confidence: 1 / 6,
  labelMass: 1,
  restrictions: [],
  rationale: 'The channel is closed because the message asks for more than the task needs.',
  evidence: [],
  abstention: null,
  decisionMs: 5,
  newTokens: 100,
};

function episodeRecord(id: EpisodeId): EpisodeRecord {
  const model = (name: string) => ({ id: modelIdSchema.parse(name), sha256: sha256Schema.parse('0'.repeat(64)) });
  return {
    id,
    seed: 1,
    phase: 'evasion_obfuscation',
    curriculum: initialCurriculum(DEFAULT_CONFIG),
    config: DEFAULT_CONFIG,
    corpusSha256: '0'.repeat(64),
    models: { baseline: model('baseline'), trained: model('trained') },
    startedAt: '2026-01-01T00:00:00.000Z',
  };
}

function episodeId(): EpisodeId {
  return episodeIdSchema.parse(`ep-${randomBytes(8).toString('hex')}`);
}

function perSecond(count: number, work: () => void): number {
  return count / (milliseconds(work) / 1_000);
}
