import type { EnvironmentConfig } from '../../contract/episodes.ts';
import { modelIdSchema, type EpisodeId, type ModelId } from '../../contract/ids.ts';
import {
  LANES,
  type Lane,
  type LaneStep,
  type LiveBatch,
  type LiveScope,
  type LiveSnapshot,
  type LiveState,
  type PerLane,
} from '../../contract/live.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { initialCurriculum } from '../../engine/environment/curriculum.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import type { Defender } from '../inference/defender.ts';
import type { Embedder } from '../inference/embedder.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import type { InferenceService } from '../inference/inferenceService.ts';
import type { EpisodeWriter } from '../store/episodeStore.ts';
import { episodeFamily, type EpisodeOrigin } from '../review/episodeOrigin.ts';
import { StoreError } from '../store/storeError.ts';
import { createComparison, type Comparison, type ComparisonEvent } from './comparison.ts';
import { EventHub, pause, type EventHubOptions } from './eventHub.ts';
import { LiveError } from './liveError.ts';
import { RecentSteps } from './recentSteps.ts';
import { RewardCurve } from './rewardCurve.ts';
import { TotalsCounter } from './totals.ts';

export const DEFAULT_SCOPE: LiveScope = {
  baseline: modelIdSchema.parse('nano-base'),
  trained: modelIdSchema.parse('nano-omniguard'),
  seed: 1,
  phase: 'auto',
  split: 'test',
  speed: 2,
  costPreset: 'balanced',
};

const RECENT = { steps: 400, bytes: 16 * 1024 * 1024 };

export interface LiveServiceOptions {
  readonly inference: Pick<InferenceService, 'loadDefender' | 'loadEmbedder'> & {
    readonly registry: Pick<InferenceService['registry'], 'entry'>;
  };
  readonly pool: MessagePool;
  readonly store: EpisodeWriter;
  readonly scope?: LiveScope;
  /** Default `DEFAULT_CONFIG`; the scope's split replaces its own. */
  readonly config?: EnvironmentConfig;
  readonly hub?: EventHubOptions;
  /** Applied to the configuration of each new comparison, e.g. for a threshold that was recalibrated since. */
  readonly adjust?: (config: EnvironmentConfig) => EnvironmentConfig;
  /** When it differs from that of the loaded models, they are loaded anew. */
  readonly revision?: () => number;
  /** Told what was just played and stored; must not throw. */
  readonly onPlayed?: (played: PlayedSteps) => void;
  readonly onFailure?: (error: unknown) => void;
}

/** The steps of one position, with what identifies their episode. */
export interface PlayedSteps {
  readonly steps: readonly LaneStep[];
  readonly episode: EpisodeOrigin;
}

/** One live comparison at a time, with its state machine, pace and event stream. */
export interface LiveService {
  snapshot(): LiveSnapshot;
  /** @throws LiveError unless idle or failed, or for an unknown model */
  configure(scope: LiveScope): LiveSnapshot;
  setSpeed(speed: LiveScope['speed']): void;
  /** Starts or resumes; the models load in the background. @throws LiveError while stopping */
  start(): void;
  /** Plays one message in both lanes, then pauses. @throws LiveError unless idle, failed or paused */
  next(): void;
  /** Resolves when the step in flight is played and stored, at once while the models load. @throws LiveError when nothing runs */
  pause(): Promise<void>;
  /** Ends the comparison after the step in flight. */
  stop(): Promise<void>;
  events(since: number, signal?: AbortSignal): AsyncGenerator<LiveBatch, void, void>;
  /** Stops, and unloads the models. */
  dispose(): Promise<void>;
}

export function createLiveService(options: LiveServiceOptions): LiveService {
  return new LiveLoop(options);
}

interface LoadedModels {
  readonly key: string;
  readonly defenders: PerLane<Defender>;
  readonly embedder: Embedder | null;
}

/** Everything that starts anew with each comparison. */
class Figures {
  readonly recent = new RecentSteps(RECENT);
  readonly curves: PerLane<RewardCurve> = { baseline: new RewardCurve(), trained: new RewardCurve() };
  comparison: Comparison | null = null;
  /** The episode being played. */
  started: Extract<ComparisonEvent, { type: 'episode_started' }> | null = null;
  messagesPlayed = 0;
  private newest: { readonly episodeId: EpisodeId; readonly position: number } | null = null;

  add(step: LaneStep): void {
    this.recent.add(step);
    this.curves[step.lane].add(step.info.reward.total);
    const { episodeId, position } = step;
    if (this.newest?.episodeId === episodeId && position <= this.newest.position) return;
    this.newest = { episodeId, position };
    this.messagesPlayed += 1;
  }

  totals(lane: Lane): LiveSnapshot['totals'][Lane] {
    return this.comparison?.totals(lane) ?? NO_TOTALS;
  }
}

const NO_TOTALS = new TotalsCounter().snapshot();

class LiveLoop implements LiveService {
  private readonly options: LiveServiceOptions;
  private readonly hub: EventHub;
  private readonly config: EnvironmentConfig;
  private scope: LiveScope;
  private state: LiveState = 'idle';
  private problem: string | null = null;
  private figures = new Figures();
  private models: LoadedModels | null = null;
  /** The running loop; settles when the state has left loading, running, stepping and stopping. */
  private loop: Promise<void> = Promise.resolve();
  private wanted: 'run' | 'step' | 'pause' | 'stop' = 'pause';
  /** Ends the wait between two steps. */
  private waiting = new AbortController();
  /** Ends what would otherwise take arbitrarily long: loading, and decisions once the service is disposed. */
  private abort = new AbortController();
  private disposed = false;

  constructor(options: LiveServiceOptions) {
    this.options = options;
    this.hub = new EventHub(options.hub);
    this.config = options.config ?? DEFAULT_CONFIG;
    this.scope = options.scope ?? DEFAULT_SCOPE;
  }

  snapshot(): LiveSnapshot {
    const { figures, scope } = this;
    const initial = initialCurriculum(this.config);
    return {
      seq: this.hub.seq,
      state: this.state,
      problem: this.problem,
      scope,
      episodeId: figures.comparison?.episodeId ?? null,
      episodeIndex: Math.max(0, figures.comparison?.episodeIndex ?? 0),
      curriculum: figures.comparison?.curriculum ?? (scope.phase === 'auto' ? initial : { ...initial, phase: scope.phase }),
      totals: { baseline: figures.totals('baseline'), trained: figures.totals('trained') },
      recent: figures.recent.snapshot(),
      rewardCurve: { baseline: figures.curves.baseline.snapshot(), trained: figures.curves.trained.snapshot() },
      queueDepth: figures.comparison?.queueDepth ?? 0,
      messagesPlayed: figures.messagesPlayed,
      episodeLength: this.config.episodeLength,
      budgetTicks: this.config.budgetTicks,
    };
  }

  configure(scope: LiveScope): LiveSnapshot {
    this.refuseUnless(['idle', 'failed'], 'The scope can change only while no comparison runs; stop it first.');
    for (const lane of LANES) this.assertModel(scope[lane]);
    this.scope = scope;
    if (this.state === 'failed') this.setState('idle');
    return this.snapshot();
  }

  setSpeed(speed: LiveScope['speed']): void {
    this.scope = { ...this.scope, speed };
    this.waiting.abort();
  }

  start(): void {
    this.refuseUnless(['idle', 'failed', 'paused', 'running', 'loading', 'stepping'], 'The comparison is stopping; wait until it has.');
    this.go('run');
  }

  next(): void {
    this.refuseUnless(['idle', 'failed', 'paused'], 'A single message can be played only while the comparison is paused.');
    this.go('step');
  }

  async pause(): Promise<void> {
    if (this.state === 'paused') return;
    this.refuseUnless(['running', 'stepping', 'loading'], 'No comparison is running.');
    this.wanted = 'pause';
    this.waiting.abort();
    // Models may take a minute to load; the state tells when they have.
    if (this.state !== 'loading') await this.loop;
  }

  async stop(): Promise<void> {
    switch (this.state) {
      case 'idle':
        return;
      case 'paused':
      case 'failed':
        this.setState('idle');
        return;
      case 'loading':
      case 'running':
      case 'stepping':
        if (this.state === 'loading') this.abort.abort();
        this.wanted = 'stop';
        this.setState('stopping');
        this.waiting.abort();
        return this.loop;
      case 'stopping':
        return this.loop;
    }
  }

  events(since: number, signal?: AbortSignal): AsyncGenerator<LiveBatch, void, void> {
    return this.hub.subscribe(since, signal);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.abort.abort();
    await this.stop();
    await this.unload();
  }

  private go(wanted: 'run' | 'step'): void {
    if (this.disposed) throw new LiveError('INVALID_STATE', 'OmniGuard is shutting down.');
    this.wanted = wanted;
    if (this.state !== 'idle' && this.state !== 'failed' && this.state !== 'paused') {
      if (this.state === 'stepping') this.setState('running');
      return;
    }
    const fresh = this.state !== 'paused' || this.figures.comparison === null;
    this.setState(fresh ? 'loading' : stateOf(wanted));
    this.loop = this.run(fresh);
  }

  /** Plays until told otherwise; the last state it sets is one in which nothing is under way. */
  private async run(fresh: boolean): Promise<void> {
    try {
      const comparison = fresh ? await this.prepare() : this.figures.comparison;
      while (comparison !== null && (this.wanted === 'run' || this.wanted === 'step')) {
        const startedAt = performance.now();
        if (this.state !== stateOf(this.wanted)) this.setState(stateOf(this.wanted));
        const single = this.wanted === 'step';
        this.take(await comparison.advance(this.abort.signal));
        // A request that came in during the step outranks the end of a single one.
        if (single && this.wanted === 'step') break;
        await this.keepPace(startedAt);
      }
      this.setState(this.wanted === 'stop' ? 'idle' : 'paused');
    } catch (error) {
      if (this.wanted === 'stop' || this.disposed) this.setState('idle');
      else this.fail(error);
    }
  }

  /**
   * Waits until the next step is due. At least one turn of the event loop, else models that answer at once
   * would starve everything else; when the pace changes, what is left is measured again from the same start.
   */
  private async keepPace(startedAt: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const remaining = startedAt + intervalOf(this.scope.speed) - performance.now();
      if (this.wanted !== 'run' || remaining <= 0) return;
      this.waiting = new AbortController();
      await pause(remaining, this.waiting.signal);
    }
  }

  private async prepare(): Promise<Comparison> {
    this.abort = new AbortController();
    this.figures = new Figures();
    const { defenders, embedder } = await this.load();
    const { adjust = (plain: EnvironmentConfig) => plain } = this.options;
    const comparison = createComparison({
      environment: { config: { ...adjust(this.config), split: this.scope.split }, pool: this.options.pool },
      defenders,
      embedder,
      scope: this.scope,
      store: this.options.store,
    });
    this.figures.comparison = comparison;
    return comparison;
  }

  /** Models stay loaded from one comparison to the next as long as the scope names the same ones. */
  private async load(): Promise<LoadedModels> {
    const { baseline, trained } = this.scope;
    const { embedder } = this.config.critic;
    const key = JSON.stringify([baseline, trained, embedder, this.options.revision?.() ?? 0]);
    if (this.models?.key === key) return this.models;
    await this.unload();
    const { inference } = this.options;
    const loaded: { dispose(): Promise<void> }[] = [];
    const keep = async <T extends { dispose(): Promise<void> }>(loading: Promise<T>): Promise<T> => {
      const model = await loading;
      loaded.push(model);
      return model;
    };
    try {
      const { signal } = this.abort;
      const defenders = {
        baseline: await keep(inference.loadDefender(baseline, { signal })),
        trained: await keep(inference.loadDefender(trained, { signal })),
      };
      const critic = embedder === 'hashed' ? null : await keep(inference.loadEmbedder(modelIdSchema.parse(embedder), { signal }));
      this.models = { key, defenders, embedder: critic };
      return this.models;
    } catch (error) {
      await Promise.all(loaded.map((model) => model.dispose()));
      throw error;
    }
  }

  private async unload(): Promise<void> {
    const { models } = this;
    this.models = null;
    if (models === null) return;
    await Promise.all([models.defenders.baseline.dispose(), models.defenders.trained.dispose(), models.embedder?.dispose()]);
  }

  private take(events: readonly ComparisonEvent[]): void {
    for (const event of events) {
      if (event.type === 'episode_started') this.figures.started = event;
      if (event.type === 'step') {
        this.figures.add(event.step);
      }
      this.hub.publish(event);
    }
    this.tellPlayed(events.flatMap((event) => (event.type === 'step' ? [event.step] : [])));
  }

  private tellPlayed(steps: readonly LaneStep[]): void {
    const { started } = this.figures;
    const { models, options, scope, config } = this;
    if (options.onPlayed === undefined || started === null || models === null || steps.length === 0) return;
    const model = (lane: Lane) => {
      const { id, sha256, calibration } = models.defenders[lane].entry;
      return { id, sha256, temperature: calibration?.temperature ?? null };
    };
    options.onPlayed({
      steps,
      episode: {
        id: started.episodeId,
        family: episodeFamily(started.seed, started.curriculum.phase, scope.split, options.pool.hash),
        models: { baseline: model('baseline'), trained: model('trained') },
        embedder: config.critic.embedder,
      },
    });
  }

  private fail(error: unknown): void {
    this.options.onFailure?.(error);
    this.setState('failed', sentenceOf(error));
  }

  private setState(state: LiveState, problem: string | null = null): void {
    this.state = state;
    this.problem = problem;
    this.hub.publish({ type: 'state', state, problem });
  }

  private assertModel(id: ModelId): void {
    try {
      this.options.inference.registry.entry(id);
    } catch (error) {
      throw new LiveError('MODEL_UNAVAILABLE', sentenceOf(error), { cause: error });
    }
  }

  private refuseUnless(states: readonly LiveState[], otherwise: string): void {
    if (!states.includes(this.state)) throw new LiveError('INVALID_STATE', otherwise);
  }
}

function stateOf(wanted: 'run' | 'step'): 'running' | 'stepping' {
  return wanted === 'run' ? 'running' : 'stepping';
}

/** Shortest time between two steps of a lane, milliseconds. */
function intervalOf(speed: LiveScope['speed']): number {
  return speed === 'max' ? 0 : 1_000 / speed;
}

/** Only errors that were written for people are shown to them. */
function sentenceOf(error: unknown): string {
  if (error instanceof InferenceError || error instanceof StoreError || error instanceof LiveError) return error.message;
  return 'The comparison failed for an unexpected reason; the log has the details.';
}
