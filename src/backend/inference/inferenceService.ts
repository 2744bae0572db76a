import { ACTIONS, ACTION_LABELS } from '../../contract/actions.ts';
import type { ModelId } from '../../contract/ids.ts';
import type { Calibration, InferenceDevice, ModelEntry, ModelStatus } from '../../contract/models.ts';
import { loadDecisionModel, type DecisionModel } from './decisionModel.ts';
import { createDefender, type Defender } from './defender.ts';
import { loadEmbedder as loadEmbedderModel, type Embedder } from './embedder.ts';
import { InferenceError } from './inferenceError.ts';
import { llamaRuntime, type GpuChoice, type LlamaRuntime } from './llamaRuntime.ts';
import { checkCalibration, failureStatus, openModelRegistry, type ModelRegistry } from './modelRegistry.ts';
import PROMPT_LAYOUT from './prompt/layout.json' with { type: 'json' };
import type { DecisionLayout } from './promptTokens.ts';
import { evaluationThreads } from './threads.ts';

/** The part of a logger that inference uses; pino fits. */
export interface InferenceLogger {
  warn(details: object, message: string): void;
}

export interface InferenceServiceOptions {
  readonly modelsDir: string;
  /** Threads for one evaluation; default: one for a nano model, else the physical cores this process may use. */
  readonly threads?: number;
  /** Default: the CPU while all models are nano, which it answers in milliseconds; else the best GPU there is. */
  readonly gpu?: GpuChoice;
  readonly logger?: InferenceLogger;
  /** The calibration in force, where it is another than the manifest's; asked each time a defender is loaded. */
  readonly calibrationOf?: (entry: ModelEntry) => Calibration | null;
}

/** All local models of this process. */
export interface InferenceService {
  readonly registry: ModelRegistry;
  /** Null until the first model was loaded. */
  device(): InferenceDevice | null;
  /**
   * A defender on the model; one that is loaded already is shared. Dispose each defender that was handed out.
   *
   * @throws InferenceError naming the file and what to do; the signal's reason when it aborts
   */
  loadDefender(id: ModelId, options?: { readonly signal?: AbortSignal }): Promise<Defender>;
  /** An embedder on the model, in the same manner. */
  loadEmbedder(id: ModelId, options?: { readonly signal?: AbortSignal }): Promise<Embedder>;
  /** The bare decision model, for calibration and benchmarks; dispose what was handed out. */
  loadDecisionModel(id: ModelId, options?: { readonly signal?: AbortSignal }): Promise<DecisionModel>;
  /** The latest known state of every model of the manifest. */
  status(): ModelStatus[];
  /** Hashes every file against the manifest. */
  verify(): Promise<ModelStatus[]>;
  /** Ends evaluations at their next chunk border and frees the models. Idempotent. */
  dispose(): Promise<void>;
}

/** Messages a GPU evaluates together; a CPU gains nothing from it. */
const GPU_SEQUENCES = 8;

/** The layout of decision prompts, as the models were trained on it. */
export const DECISION_LAYOUT: DecisionLayout = {
  prefix: PROMPT_LAYOUT.prefix,
  tail: PROMPT_LAYOUT.tail,
  labels: ACTIONS.map((action) => `${PROMPT_LAYOUT.labelPrefix}${ACTION_LABELS[action]}`),
};

interface Disposable {
  dispose(): Promise<void>;
}

/** A loaded model and how many hold it. */
interface Shared<T extends Disposable> {
  readonly loading: Promise<T>;
  users: number;
  readonly abort: AbortController;
}

/** A shared model as one holder sees it. */
interface Held<T> {
  readonly model: T;
  readonly release: () => Promise<void>;
}

/**
 * Opens the models' directory. Nothing is loaded until asked for.
 *
 * @throws InferenceError `damaged` when the manifest is not what it should be
 */
export async function createInferenceService(options: InferenceServiceOptions): Promise<InferenceService> {
  const registry = await openModelRegistry({ modelsDir: options.modelsDir, promptVersion: PROMPT_LAYOUT.version });
  const service = new LocalInferenceService(registry, options);
  await service.glance();
  return service;
}

class LocalInferenceService implements InferenceService {
  readonly registry: ModelRegistry;
  readonly #options: InferenceServiceOptions;
  readonly #gpu: GpuChoice;
  readonly #statuses = new Map<ModelId, ModelStatus>();
  readonly #decisionModels = new Map<ModelId, Shared<DecisionModel>>();
  readonly #embedders = new Map<ModelId, Shared<Embedder>>();
  #device: InferenceDevice | null = null;
  #disposed: Promise<void> | null = null;

  constructor(registry: ModelRegistry, options: InferenceServiceOptions) {
    this.registry = registry;
    this.#options = options;
    this.#gpu = options.gpu ?? (registry.manifest.models.every((model) => model.tier === 'nano') ? false : 'auto');
  }

  device(): InferenceDevice | null {
    return this.#device;
  }

  async loadDefender(id: ModelId, options: { readonly signal?: AbortSignal } = {}): Promise<Defender> {
    const shipped = this.#entryFor(id, 'decisions');
    checkCalibration(shipped);
    const { calibrationOf } = this.#options;
    const entry = calibrationOf === undefined ? shipped : { ...shipped, calibration: calibrationOf(shipped) };
    const { model, release } = await this.#shareDecisionModel(entry, options.signal);
    return createDefender({
      entry,
      model,
      dispose: release,
      onFailure: (error) => this.#options.logger?.warn({ err: error, model: id }, 'the model failed on a message'),
    });
  }

  async loadDecisionModel(id: ModelId, options: { readonly signal?: AbortSignal } = {}): Promise<DecisionModel> {
    const entry = this.#entryFor(id, 'decisions');
    const { model, release } = await this.#shareDecisionModel(entry, options.signal);
    return {
      contextSize: model.contextSize,
      prefixTokens: model.prefixTokens,
      score: (render, signal) => model.score(render, signal),
      warmUp: () => model.warmUp(),
      savePrefixState: (path) => model.savePrefixState(path),
      loadPrefixState: (path) => model.loadPrefixState(path),
      dispose: release,
    };
  }

  async loadEmbedder(id: ModelId, options: { readonly signal?: AbortSignal } = {}): Promise<Embedder> {
    const entry = this.#entryFor(id, 'embeddings');
    const { model, release } = await this.#share(this.#embedders, entry, options.signal, (runtime, signal) =>
      loadEmbedderModel(runtime, {
        modelPath: this.registry.path(entry),
        threads: evaluationThreads(entry.tier, runtime.threads, this.#options.threads),
        signal,
      }),
    );
    return { embed: (text) => model.embed(text), distance: (a, b) => model.distance(a, b), dispose: release };
  }

  status(): ModelStatus[] {
    return this.registry.manifest.models.map((entry) => this.#statuses.get(entry.id) ?? { entry, state: 'not_loaded', problem: null });
  }

  async verify(): Promise<ModelStatus[]> {
    this.#remember(await this.registry.verify());
    return this.status();
  }

  async glance(): Promise<void> {
    this.#remember(await this.registry.glance());
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    const loaded: Shared<Disposable>[] = [...this.#decisionModels.values(), ...this.#embedders.values()];
    this.#decisionModels.clear();
    this.#embedders.clear();
    await Promise.all(
      loaded.map(async (shared) => {
        shared.abort.abort(new InferenceError('disposed', 'The models were unloaded.'));
        const model = await shared.loading.catch(() => null);
        await model?.dispose();
      }),
    );
  }

  #entryFor(id: ModelId, use: 'decisions' | 'embeddings'): ModelEntry {
    const entry = this.registry.entry(id);
    if ((entry.role === 'embedder') === (use === 'embeddings')) return entry;
    throw new InferenceError(
      'incompatible',
      `${id} is ${entry.role === 'embedder' ? 'an embedder' : 'a decision model'}; choose another model.`,
    );
  }

  /** States of files; a loaded model stays what it is. */
  #remember(statuses: readonly ModelStatus[]): void {
    for (const status of statuses) {
      const { state } = this.#statuses.get(status.entry.id) ?? { state: 'not_loaded' };
      if (status.state !== 'not_loaded' || (state !== 'ready' && state !== 'loading')) this.#statuses.set(status.entry.id, status);
    }
  }

  async #runtime(): Promise<LlamaRuntime> {
    const runtime = await llamaRuntime({
      gpu: this.#gpu,
      ...(this.#options.threads === undefined ? {} : { threads: this.#options.threads }),
      onLog: (level, message) => this.#options.logger?.warn({ level }, `llama.cpp: ${message}`),
    });
    this.#device = runtime.device;
    return runtime;
  }

  #shareDecisionModel(entry: ModelEntry, signal: AbortSignal | undefined): Promise<Held<DecisionModel>> {
    return this.#share(this.#decisionModels, entry, signal, (runtime, loadSignal) =>
      loadDecisionModel(runtime, {
        modelPath: this.registry.path(entry),
        layout: DECISION_LAYOUT,
        threads: evaluationThreads(entry.tier, runtime.threads, this.#options.threads),
        sequences: runtime.device.gpu === null ? 1 : GPU_SEQUENCES,
        signal: loadSignal,
      }),
    );
  }

  /** Shares the model of `entry`; the model is unloaded when its last holder releases it. */
  async #share<T extends Disposable>(
    pool: Map<ModelId, Shared<T>>,
    entry: ModelEntry,
    signal: AbortSignal | undefined,
    load: (runtime: LlamaRuntime, signal: AbortSignal) => Promise<T>,
  ): Promise<Held<T>> {
    signal?.throwIfAborted();
    if (this.#disposed !== null) throw new InferenceError('disposed', 'The models were unloaded.');
    let shared = pool.get(entry.id);
    if (shared === undefined) {
      const abort = new AbortController();
      shared = { loading: this.#load(entry, abort.signal, load), users: 0, abort };
      pool.set(entry.id, shared);
    }
    const mine = shared;
    mine.users++;
    let released = false;
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      mine.users--;
      if (mine.users > 0) return;
      if (pool.get(entry.id) === mine) {
        pool.delete(entry.id);
        if (this.#statuses.get(entry.id)?.problem === null) this.#statuses.set(entry.id, { entry, state: 'not_loaded', problem: null });
      }
      mine.abort.abort(signal?.reason ?? new InferenceError('disposed', 'The model was unloaded.'));
      const model = await mine.loading.catch(() => null);
      await model?.dispose();
    };
    try {
      return { model: await abortable(mine.loading, signal), release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async #load<T>(entry: ModelEntry, signal: AbortSignal, load: (runtime: LlamaRuntime, signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#statuses.set(entry.id, { entry, state: 'loading', problem: null });
    try {
      await this.registry.check(entry, signal);
      const model = await load(await this.#runtime(), signal);
      this.#statuses.set(entry.id, { entry, state: 'ready', problem: null });
      return model;
    } catch (error) {
      const aborted = signal.aborted;
      this.#statuses.set(entry.id, aborted ? { entry, state: 'not_loaded', problem: null } : { entry, ...failureStatus(error) });
      throw error;
    }
  }
}

/** The promise, or the signal's reason as soon as it aborts. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
