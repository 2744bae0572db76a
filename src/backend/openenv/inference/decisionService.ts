import type { CostPreset, Decision } from '../../../contract/decisions.ts';
import { modelIdSchema, type ModelId } from '../../../contract/ids.ts';
import type { ModelEntry } from '../../../contract/models.ts';
import type { Observation } from '../../../contract/observation.ts';
import type { Defender } from '../../inference/defender.ts';
import { InferenceError } from '../../inference/inferenceError.ts';
import type { InferenceService } from '../../inference/inferenceService.ts';

/** Too many decisions are waiting. */
export class QueueFullError extends Error {
  constructor(depth: number) {
    super(`${depth} decisions are waiting already; try again in a moment.`);
    this.name = 'QueueFullError';
  }
}

/** The model was not ready before the caller's time was over; it goes on loading. */
export class ModelLoadingError extends Error {
  constructor(id: ModelId) {
    super(`The model ${id} is being loaded; try again in a moment.`);
    this.name = 'ModelLoadingError';
  }
}

export interface DecisionServiceOptions {
  readonly inference: Pick<InferenceService, 'registry' | 'loadDefender'>;
  /** Most decisions waiting or being taken. Default 64. */
  readonly capacity?: number;
}

const CAPACITY = 64;

/** Single decisions for whoever asks: models are loaded when first asked for and kept, and the queue is bounded. */
export class DecisionService {
  private readonly inference: Pick<InferenceService, 'registry' | 'loadDefender'>;
  private readonly capacity: number;
  private readonly defenders = new Map<ModelId, Promise<Defender>>();
  private waiting = 0;
  private closed = false;

  constructor({ inference, capacity = CAPACITY }: DecisionServiceOptions) {
    this.inference = inference;
    this.capacity = capacity;
  }

  /** Decisions waiting or being taken. */
  get depth(): number {
    return this.waiting;
  }

  /** @param name `baseline`, `trained` or an id @throws InferenceError `missing` */
  entry(name: string): ModelEntry {
    const byRole = this.inference.registry.manifest.models.find(({ role }) => role !== 'embedder' && role === name);
    return byRole ?? this.inference.registry.entry(modelIdSchema.parse(name));
  }

  /**
   * @throws QueueFullError, ModelLoadingError, InferenceError when the model cannot be used, the signal's reason when
   * it aborts
   */
  async decide(
    entry: ModelEntry,
    observation: Observation,
    options: { readonly signal: AbortSignal; readonly costPreset?: CostPreset },
  ): Promise<Decision> {
    if (this.waiting >= this.capacity) throw new QueueFullError(this.waiting);
    this.waiting += 1;
    try {
      const defender = await beforeAbort(this.defender(entry.id), options.signal, () => new ModelLoadingError(entry.id));
      const [decision] = await defender.decide([observation], options);
      if (decision === undefined) throw new InferenceError('runtime', `The model ${entry.id} gave no decision.`);
      return decision;
    } finally {
      this.waiting -= 1;
    }
  }

  /** Lets go of the models. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    const held = [...this.defenders.values()];
    this.defenders.clear();
    for (const loading of held) {
      const defender = await loading.catch(() => null);
      await defender?.dispose();
    }
  }

  private defender(id: ModelId): Promise<Defender> {
    if (this.closed) return Promise.reject(new InferenceError('disposed', 'The models were unloaded.'));
    let loading = this.defenders.get(id);
    if (loading === undefined) {
      loading = this.inference.loadDefender(id);
      this.defenders.set(id, loading);
      // What failed may be mended: the next request tries again.
      loading.catch(() => this.defenders.delete(id));
    }
    return loading;
  }
}

function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal, reason: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reason());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
