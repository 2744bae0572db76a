import { basename } from 'node:path';
import type { LlamaEmbeddingContext, LlamaModel, LlamaModelOptions } from 'node-llama-cpp';
import { InferenceError } from './inferenceError.ts';
import { modelOptions, type LlamaRuntime } from './llamaRuntime.ts';
import { disposeFailed, loadFailure } from './modelFailures.ts';

/** Turns texts into directions; used by the semantic critic. */
export interface Embedder {
  /** Cosine distance of two texts, 0 (same direction) to 2. Empty texts are 0 from each other and 1 from any other. */
  distance(a: string, b: string): Promise<number>;
  /** L2-normalised vector of a text; all zeros for an empty one. */
  embed(text: string): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface EmbedderOptions {
  readonly modelPath: string;
  /** Threads of one evaluation. Default: all of the runtime. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Texts whose vectors are kept. Default 512. */
  readonly cacheSize?: number;
}

/** Longest text in tokens; the rest of a longer one is left out. */
const LARGEST_CONTEXT = 512;
/**
 * Mean pooling (1): causal models declare none and would give the last token's vector. The library types the number as
 * an ambient enum, which erasable syntax cannot name.
 */
const MEAN_POOLED = { llama: { pooling_type: 1 }, qwen2: { pooling_type: 1 } } as LlamaModelOptions['metadataOverrides'];

/**
 * Loads a GGUF as an embedder. A language model serves as one too: its hidden states are averaged.
 *
 * @throws InferenceError naming the file and what to do; the signal's reason when it aborts
 */
export async function loadEmbedder(runtime: LlamaRuntime, options: EmbedderOptions): Promise<Embedder> {
  let model: LlamaModel | null = null;
  try {
    model = await runtime.llama.loadModel({
      modelPath: options.modelPath,
      ...modelOptions(runtime.device),
      metadataOverrides: MEAN_POOLED,
      ...(options.signal === undefined ? {} : { loadSignal: options.signal }),
    });
    const contextSize = Math.min(model.trainContextSize, LARGEST_CONTEXT);
    const context = await model.createEmbeddingContext({
      contextSize,
      // A pooled vector covers one batch, so the whole text must fit one.
      batchSize: contextSize,
      threads: options.threads ?? runtime.threads,
      ...(options.signal === undefined ? {} : { createSignal: options.signal }),
    });
    return new ModelEmbedder(model, context, contextSize, options.cacheSize ?? 512);
  } catch (error) {
    if (model !== null) await disposeFailed(model);
    options.signal?.throwIfAborted();
    throw loadFailure(options.modelPath, error);
  }
}

class ModelEmbedder implements Embedder {
  readonly #model: LlamaModel;
  readonly #context: LlamaEmbeddingContext;
  readonly #tokenLimit: number;
  readonly #cacheSize: number;
  /** Least recently used first. Promises, so that equal texts asked for at once are evaluated once. */
  readonly #cache = new Map<string, Promise<Float32Array>>();
  #disposed: Promise<void> | null = null;

  constructor(model: LlamaModel, context: LlamaEmbeddingContext, contextSize: number, cacheSize: number) {
    this.#model = model;
    this.#context = context;
    // Room for a beginning and an end token, and the one cell that llama.cpp wants free.
    this.#tokenLimit = contextSize - 3;
    this.#cacheSize = cacheSize;
  }

  embed(text: string): Promise<Float32Array> {
    if (this.#disposed !== null) return Promise.reject(new InferenceError('disposed', 'The embedder was unloaded.'));
    const known = this.#cache.get(text);
    if (known !== undefined) {
      this.#cache.delete(text);
      this.#cache.set(text, known);
      return known;
    }
    const vector = this.#compute(text);
    this.#cache.set(text, vector);
    vector.catch(() => this.#cache.delete(text));
    if (this.#cache.size > this.#cacheSize) {
      const oldest = this.#cache.keys().next();
      if (!oldest.done) this.#cache.delete(oldest.value);
    }
    return vector;
  }

  async distance(a: string, b: string): Promise<number> {
    const [left, right] = await Promise.all([this.embed(a), this.embed(b)]);
    const leftEmpty = left.every((value) => value === 0);
    const rightEmpty = right.every((value) => value === 0);
    if (leftEmpty && rightEmpty) return 0;
    const cosine = left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
    return Math.min(2, Math.max(0, 1 - cosine));
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#context.dispose().then(() => this.#model.dispose());
    return this.#disposed;
  }

  async #compute(text: string): Promise<Float32Array> {
    const tokens = this.#model.tokenize(text, false).slice(0, this.#tokenLimit);
    if (tokens.length === 0) return new Float32Array(this.#model.embeddingVectorSize);
    try {
      const { vector } = await this.#context.getEmbeddingFor(tokens);
      const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
      if (!(norm > 0) || !Number.isFinite(norm))
        throw new InferenceError('runtime', `${basename(this.#model.filename ?? 'the embedder')} gave no usable vector.`);
      return Float32Array.from(vector, (value) => value / norm);
    } catch (error) {
      if (error instanceof InferenceError) throw error;
      if (this.#disposed !== null) throw new InferenceError('disposed', 'The embedder was unloaded.', { cause: error });
      throw new InferenceError('runtime', 'llama.cpp failed to embed a text.', { cause: error });
    }
  }
}
