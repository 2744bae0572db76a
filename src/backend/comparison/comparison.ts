import { randomBytes } from 'node:crypto';
import type { CurriculumState } from '../../contract/episodes.ts';
import { episodeIdSchema, type EpisodeId } from '../../contract/ids.ts';
import { LANES, type Lane, type LiveEvent, type LiveScope, type PerLane } from '../../contract/live.ts';
import { advanceCurriculum, initialCurriculum } from '../../engine/environment/curriculum.ts';
import type { Environment } from '../../engine/environment/environment.ts';
import { randomFrom } from '../../engine/random/random.ts';
import type { Defender } from '../inference/defender.ts';
import type { Embedder } from '../inference/embedder.ts';
import type { EpisodeWriter } from '../store/episodeStore.ts';
import { LaneEpisode } from './laneEpisode.ts';
import { TotalsCounter } from './totals.ts';

type WithoutSeq<E> = E extends unknown ? Omit<E, 'seq'> : never;
/** What a comparison tells; whoever passes it on numbers it. */
export type ComparisonEvent = WithoutSeq<Exclude<LiveEvent, { type: 'state' }>>;

export interface ComparisonOptions {
  readonly environment: Environment;
  readonly defenders: PerLane<Defender>;
  readonly scope: Pick<LiveScope, 'seed' | 'phase' | 'costPreset'>;
  /** Null: nothing is stored. */
  readonly store: EpisodeWriter | null;
  /** Needed when the configuration names a critic embedder other than `hashed`. */
  readonly embedder?: Embedder | null;
  /** False: decision times cost no ticks; see `LaneSetup`. Default true. */
  readonly timed?: boolean;
  readonly now?: () => Date;
}

interface RunningEpisode {
  readonly id: EpisodeId;
  readonly index: number;
  readonly seed: number;
  readonly lanes: PerLane<LaneEpisode>;
}

/**
 * The headless loop of a comparison: two lanes, one stream. Each lane plays its own environment from
 * the same seed; a lane that breaches waits, and the next episode starts for both together.
 */
export interface Comparison extends AsyncIterable<ComparisonEvent> {
  readonly episodeId: EpisodeId | null;
  /** Of the episode being played or played last, from 0; -1 before the first. */
  readonly episodeIndex: number;
  readonly curriculum: CurriculumState;
  /** Messages of the current episode that the lane further ahead has not played yet. */
  readonly queueDepth: number;
  totals(lane: Lane): ReturnType<TotalsCounter['snapshot']>;
  /**
   * Plays one message in every lane that is not waiting, both models at once, and stores each lane's
   * step. Starts an episode first when none is running. A call must have settled before the next.
   * @throws whatever a defender or the embedder throws, and then no lane has moved; or what the store throws
   */
  advance(signal?: AbortSignal): Promise<readonly ComparisonEvent[]>;
}

/** Seed of the n-th episode of a comparison, 0..2^32-1. */
export function episodeSeed(seed: number, index: number): number {
  return randomFrom(seed, 'comparison-episode', index).int(4_294_967_296);
}

/** @throws RangeError when the configuration names a critic embedder and none was given */
export function createComparison(options: ComparisonOptions): Comparison {
  return new ComparisonLoop(options);
}

class ComparisonLoop implements Comparison {
  private readonly options: ComparisonOptions;
  private readonly now: () => Date;
  private readonly counters: PerLane<TotalsCounter> = { baseline: new TotalsCounter(), trained: new TotalsCounter() };
  private running: RunningEpisode | null = null;
  private position = 0;
  curriculum: CurriculumState;
  episodeId: EpisodeId | null = null;
  episodeIndex = -1;

  constructor(options: ComparisonOptions) {
    const { embedder } = options.environment.config.critic;
    if (embedder !== 'hashed' && (options.embedder ?? null) === null) throw new RangeError(`the critic embedder ${embedder} is not loaded`);
    this.options = options;
    this.now = options.now ?? (() => new Date());
    const initial = initialCurriculum(options.environment.config);
    const { phase } = options.scope;
    this.curriculum = phase === 'auto' ? initial : { ...initial, phase };
  }

  get queueDepth(): number {
    return this.running === null ? 0 : Math.max(0, this.options.environment.config.episodeLength - this.position);
  }

  totals(lane: Lane): ReturnType<TotalsCounter['snapshot']> {
    return this.counters[lane].snapshot();
  }

  async advance(signal?: AbortSignal): Promise<readonly ComparisonEvent[]> {
    const events: ComparisonEvent[] = [];
    const episode = this.running ?? this.begin(events);
    const active = LANES.filter((lane) => !episode.lanes[lane].over);
    // No lane moves before every decision is there: one that fails leaves both lanes in step.
    const pending = await Promise.all(active.map(async (lane) => ({ lane, decided: await episode.lanes[lane].decide(signal) })));
    for (const { lane, decided } of pending) {
      const record = episode.lanes[lane].play(decided);
      const { step } = record;
      this.options.store?.append(record);
      this.counters[step.lane].add(step);
      this.position = Math.max(this.position, step.position + 1);
      events.push({ type: 'step', step, totals: this.totals(step.lane) });
    }
    this.settle(episode, active, events);
    return events;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ComparisonEvent> {
    for (;;) yield* await this.advance();
  }

  private begin(events: ComparisonEvent[]): RunningEpisode {
    const { environment, defenders, scope, store, embedder = null, timed = true } = this.options;
    const index = this.episodeIndex + 1;
    const seed = episodeSeed(scope.seed, index);
    const id = episodeIdSchema.parse(`ep-${randomBytes(8).toString('hex')}`);
    const { phase } = this.curriculum;
    const lane = (name: Lane) =>
      new LaneEpisode(name, { environment, defender: defenders[name], embedder, costPreset: scope.costPreset, timed }, { id, seed, phase });
    const episode: RunningEpisode = { id, index, seed, lanes: { baseline: lane('baseline'), trained: lane('trained') } };
    const model = (name: Lane) => ({ id: defenders[name].entry.id, sha256: defenders[name].entry.sha256 });
    store?.begin({
      id,
      seed,
      phase,
      curriculum: this.curriculum,
      config: environment.config,
      corpusSha256: environment.pool.hash,
      models: { baseline: model('baseline'), trained: model('trained') },
      startedAt: this.now().toISOString(),
    });
    this.running = episode;
    this.position = 0;
    this.episodeId = id;
    this.episodeIndex = index;
    events.push({ type: 'episode_started', episodeId: id, index, seed, curriculum: this.curriculum });
    return episode;
  }

  /** Tells which lanes have come to their end, and ends the episode once both have. */
  private settle(episode: RunningEpisode, played: readonly Lane[], events: ComparisonEvent[]): void {
    const { id, lanes } = episode;
    const over = LANES.every((lane) => lanes[lane].over);
    for (const lane of played) {
      if (over || !lanes[lane].over) continue;
      events.push({ type: 'lane_waiting', lane, episodeId: id, reason: lanes[lane].summary().breached ? 'breach' : 'finished' });
    }
    if (!over) return;
    const scores = { baseline: lanes.baseline.summary().score, trained: lanes.trained.summary().score };
    this.options.store?.finish(id, this.now().toISOString(), scores);
    this.running = null;
    if (this.options.scope.phase === 'auto') {
      this.curriculum = advanceCurriculum(this.options.environment.config, this.curriculum, scores.trained);
    }
    events.push({ type: 'episode_finished', episodeId: id, scores });
  }
}
