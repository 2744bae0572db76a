import { basename } from 'node:path';
import { DisposedError, type LlamaContext, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp';
import { InferenceError } from './inferenceError.ts';
import { modelOptions, type LlamaRuntime } from './llamaRuntime.ts';
import { disposeFailed, evaluationFailure, loadFailure } from './modelFailures.ts';
import { promptTokens, type DecisionLayout, type PromptTokens } from './promptTokens.ts';
import { createSlotPool } from './slotPool.ts';

export interface DecisionModelOptions {
  readonly modelPath: string;
  readonly layout: DecisionLayout;
  /** Sequences that can be in work at once; more than one pays on a GPU only. Default 1. */
  readonly sequences?: number;
  /** Tokens one sequence can hold; default: what the model was trained on, at most 4,096. */
  readonly contextSize?: number;
  /** Threads of one evaluation. Default: all of the runtime. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

export type DecisionScore =
  | {
      readonly kind: 'scored';
      /** Raw logits of the six labels in the order of ACTIONS. */
      readonly logits: readonly number[];
      /** Share of the whole vocabulary's probability on the six labels, 0..1. */
      readonly labelMass: number;
      /** Tokens evaluated: body and tail, and the prefix when it was not in the cache. */
      readonly newTokens: number;
      /** Characters the body was cut to so that it fits; null when it fitted whole. */
      readonly cutTo: number | null;
    }
  | { readonly kind: 'too_long' };

/** Renders the untrusted part of a prompt, in at most about `characters` characters when given. */
export type RenderBody = (characters?: number) => string;

/** A loaded language model that answers with the logits of the six labels: one forward pass for each decision. */
export interface DecisionModel {
  readonly contextSize: number;
  readonly prefixTokens: number;
  /**
   * @throws the signal's reason when it aborts, at the latest after the chunk in work
   * @throws InferenceError `disposed` when the model goes away, `runtime` when llama.cpp fails
   */
  score(render: RenderBody, signal?: AbortSignal): Promise<DecisionScore>;
  /** Evaluates the prefix in every sequence, so that the first decision is as fast as the others. */
  warmUp(): Promise<void>;
  /** Writes the state after the prefix. Only this very model with the same options may load it. */
  savePrefixState(path: string): Promise<void>;
  /** Replaces the state of every sequence by one saved with `savePrefixState`; a foreign file may crash the process. */
  loadPrefixState(path: string): Promise<void>;
  /** Ends what is in work at the next chunk border and frees the memory. Idempotent. */
  dispose(): Promise<void>;
}

/** Longest run of tokens between two looks at the abort signal; one llama.cpp batch. */
const CHUNK_TOKENS = 256;
const LARGEST_CONTEXT = 4_096;
/** A message cut shorter than this says nothing any more. */
const SHORTEST_BODY = 32;
/** How far the self-test lets a probability differ between the two ways to read it. */
const SELF_TEST_TOLERANCE = 1e-4;

/** Text that the self-test scores; any will do. */
const SELF_TEST_BODY = 'self-test';

interface Slot {
  sequence: LlamaContextSequence;
  /** After a failure the cache may hold cells that the library's bookkeeping does not know. */
  dirty: boolean;
}

/**
 * Loads a GGUF for decisions and proves that it can make them: labels are single distinct tokens, untrusted text cannot
 * spell a control token, and the six probabilities agree with the full softmax.
 *
 * @throws InferenceError naming the file and what to do; the signal's reason when it aborts
 */
export async function loadDecisionModel(runtime: LlamaRuntime, options: DecisionModelOptions): Promise<DecisionModel> {
  const model = await loadModel(runtime, options);
  try {
    return await prepare(runtime, model, options);
  } catch (error) {
    await disposeFailed(model);
    options.signal?.throwIfAborted();
    if (error instanceof InferenceError) throw error;
    throw evaluationFailure(options.modelPath, error);
  }
}

async function loadModel(runtime: LlamaRuntime, options: DecisionModelOptions): Promise<LlamaModel> {
  try {
    return await runtime.llama.loadModel({
      modelPath: options.modelPath,
      ...modelOptions(runtime.device),
      ...(options.signal === undefined ? {} : { loadSignal: options.signal }),
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw loadFailure(options.modelPath, error);
  }
}

async function prepare(runtime: LlamaRuntime, model: LlamaModel, options: DecisionModelOptions): Promise<DecisionModel> {
  const name = basename(options.modelPath);
  const tokens = promptTokens(model, options.layout, name);
  const contextSize = options.contextSize ?? Math.min(model.trainContextSize, LARGEST_CONTEXT);
  if (tokens.prefix.length + tokens.tail.length + SHORTEST_BODY >= contextSize) {
    throw new InferenceError('incompatible', `${name} holds ${contextSize} tokens, too few for the policy; choose another model.`);
  }
  const context = await model.createContext({
    sequences: options.sequences ?? 1,
    contextSize,
    batchSize: CHUNK_TOKENS,
    threads: options.threads ?? runtime.threads,
    failedCreationRemedy: false,
    ...(options.signal === undefined ? {} : { createSignal: options.signal }),
  });
  const decisionModel = new LoadedDecisionModel(model, context, tokens);
  await decisionModel.selfTest(name);
  await decisionModel.warmUp();
  return decisionModel;
}

class LoadedDecisionModel implements DecisionModel {
  readonly contextSize: number;
  readonly prefixTokens: number;
  readonly #model: LlamaModel;
  readonly #context: LlamaContext;
  readonly #tokens: PromptTokens;
  readonly #slots;
  readonly #disposal = new AbortController();
  #disposed: Promise<void> | null = null;

  constructor(model: LlamaModel, context: LlamaContext, tokens: PromptTokens) {
    this.#model = model;
    this.#context = context;
    this.#tokens = tokens;
    this.contextSize = context.contextSize;
    this.prefixTokens = tokens.prefix.length;
    this.#slots = createSlotPool<Slot>(
      Array.from({ length: context.totalSequences }, () => ({ sequence: context.getSequence(), dirty: false })),
    );
  }

  async score(render: RenderBody, signal?: AbortSignal): Promise<DecisionScore> {
    const until = signal === undefined ? this.#disposal.signal : AbortSignal.any([signal, this.#disposal.signal]);
    return this.#slots.use(async (slot) => {
      until.throwIfAborted();
      const fitted = this.#fit(render);
      if (fitted === null) return { kind: 'too_long' };
      return this.#guarded(slot, until, async () => {
        const before = await this.#rewindToPrefix(slot, until);
        const rest = [...fitted.body, ...this.#tokens.tail];
        const answer = await this.#evaluate(slot.sequence, rest, until);
        return { kind: 'scored', ...answer, newTokens: before + rest.length, cutTo: fitted.cutTo };
      });
    }, until);
  }

  async warmUp(): Promise<void> {
    const until = this.#disposal.signal;
    await this.#slots.useAll(async (slots) => {
      for (const slot of slots) await this.#guarded(slot, until, () => this.#rewindToPrefix(slot, until));
    });
  }

  async savePrefixState(path: string): Promise<void> {
    const until = this.#disposal.signal;
    await this.#slots.use(
      (slot) =>
        this.#guarded(slot, until, async () => {
          await this.#rewindToPrefix(slot, until);
          await slot.sequence.saveStateToFile(path);
        }),
      until,
    );
  }

  async loadPrefixState(path: string): Promise<void> {
    await this.#slots.useAll(async (slots) => {
      for (const slot of slots) {
        await this.#guarded(slot, this.#disposal.signal, async () => {
          await slot.sequence.loadStateFromFile(path, { acceptRisk: true });
          if (!sameTokens(slot.sequence.contextTokens, this.#tokens.prefix)) {
            await slot.sequence.clearHistory();
            throw new InferenceError('incompatible', `${path} was saved for another prompt; delete it.`);
          }
        });
      }
    });
  }

  /**
   * Reads the six probabilities once more from the full softmax: the short way relies on details of node-llama-cpp
   * that have been broken before. A whole prompt, where a label should be on top, and the bare prefix, where none is.
   */
  async selfTest(name: string): Promise<void> {
    const until = this.#disposal.signal;
    const { prefix, tail } = this.#tokens;
    await this.#slots.use(async ({ sequence }) => {
      for (const tokens of [[...prefix, ...this.#model.tokenize(SELF_TEST_BODY, false), ...tail], prefix]) {
        const quick = await this.#evaluate(sequence, tokens, until);
        await sequence.clearHistory();
        const full = await this.#fullProbabilities(sequence, tokens);
        await sequence.clearHistory();
        const highest = Math.max(...quick.logits);
        const weight = quick.logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
        const agrees = quick.logits.every((logit, index) => {
          const probability = (Math.exp(logit - highest) / weight) * quick.labelMass;
          return Math.abs(probability - (full[index] ?? Number.NaN)) <= SELF_TEST_TOLERANCE;
        });
        if (!agrees) {
          throw new InferenceError(
            'incompatible',
            `${name} fails the start-up self-test: its label probabilities cannot be read reliably.`,
          );
        }
      }
    });
  }

  /** Probabilities of the six labels after `tokens`, over the whole vocabulary: slow, and right. */
  async #fullProbabilities(sequence: LlamaContextSequence, tokens: readonly Token[]): Promise<readonly number[]> {
    const output = await sequence.controlledEvaluate([
      ...tokens.slice(0, -1),
      [tokens.at(-1) as Token, { generateNext: { probabilities: true, options: { temperature: 0 } } }],
    ]);
    const probabilities = output.at(-1)?.next.probabilities;
    return this.#tokens.labels.map((label) => probabilities?.get(label) ?? Number.NaN);
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#disposal.abort(new InferenceError('disposed', 'The model was unloaded.'));
    await this.#slots.useAll(async () => {
      await this.#context.dispose();
      await this.#model.dispose();
    });
  }

  /** Tokens of the body, halved in characters until the whole prompt fits; null when nothing sensible fits. */
  #fit(render: RenderBody): { readonly body: readonly Token[]; readonly cutTo: number | null } | null {
    // One cell stays free: at contextSize - 1 tokens the library would start to erase the policy.
    const room = this.contextSize - 1 - this.#tokens.prefix.length - this.#tokens.tail.length;
    let text = render();
    let cutTo: number | null = null;
    for (;;) {
      const body = this.#model.tokenize(text, false);
      if (body.length <= room) return { body, cutTo };
      cutTo = Math.floor((cutTo ?? text.length) / 2);
      if (cutTo < SHORTEST_BODY) return null;
      text = render(cutTo);
    }
  }

  /**
   * Leaves exactly the prefix in the sequence. Nothing of an earlier message is reused, even if both start alike: what
   * is evaluated together, and so its rounding, then depends on this message alone.
   *
   * @returns how many tokens had to be evaluated
   */
  async #rewindToPrefix(slot: Slot, signal: AbortSignal): Promise<number> {
    const { prefix } = this.#tokens;
    const { sequence } = slot;
    await sequence.adaptStateToTokens(prefix as Token[], false);
    if (sequence.nextTokenIndex === prefix.length) return 0;
    await sequence.clearHistory();
    for (let start = 0; start < prefix.length; start += CHUNK_TOKENS) {
      signal.throwIfAborted();
      await sequence.evaluateWithoutGeneratingNewTokens(prefix.slice(start, start + CHUNK_TOKENS));
    }
    return prefix.length;
  }

  async #evaluate(
    sequence: LlamaContextSequence,
    tokens: readonly Token[],
    signal: AbortSignal,
  ): Promise<{ readonly logits: readonly number[]; readonly labelMass: number }> {
    const lastStart = Math.floor((tokens.length - 1) / CHUNK_TOKENS) * CHUNK_TOKENS;
    for (let start = 0; start < lastStart; start += CHUNK_TOKENS) {
      signal.throwIfAborted();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(start, start + CHUNK_TOKENS));
    }
    signal.throwIfAborted();
    const { labels } = this.#tokens;
    // `includeSelected` at temperature 0 adds the largest logit of the vocabulary, which `totalLogitWeight` is relative
    // to; `includeMax` does not work in node-llama-cpp 3.22.1.
    const output = await sequence.controlledEvaluate([
      ...tokens.slice(lastStart, -1),
      [
        tokens.at(-1) as Token,
        {
          generateNext: {
            logits: { filter: { tokens: [...labels], includeSelected: true } },
            totalLogitWeight: true,
            options: { temperature: 0 },
          },
        },
      ],
    ]);
    const next = output.at(-1)?.next;
    const logits = labels.map((label) => next?.logits?.get(label) ?? Number.NaN);
    const largest = Math.max(...(next?.logits?.values() ?? []));
    const weight = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    const labelMass = Math.min(1, weight / (next?.totalLogitWeight ?? Number.NaN));
    if (!Number.isFinite(labelMass)) throw new InferenceError('runtime', 'The model gave no finite answer.');
    return { logits, labelMass };
  }

  /** Cleans the sequence up after an earlier failure, and names failures. */
  async #guarded<R>(slot: Slot, signal: AbortSignal, work: () => Promise<R>): Promise<R> {
    try {
      if (slot.dirty) {
        // Only giving the sequence back clears such cells; it must be awaited before the next is taken.
        await slot.sequence.dispose();
        slot.sequence = this.#context.getSequence();
        slot.dirty = false;
      }
      return await work();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof InferenceError) throw error;
      if (error instanceof DisposedError) throw new InferenceError('disposed', 'The model was unloaded.', { cause: error });
      slot.dirty = true;
      throw new InferenceError('runtime', 'llama.cpp failed to evaluate the message.', { cause: error });
    }
  }
}

function sameTokens(a: readonly Token[], b: readonly Token[]): boolean {
  return a.length === b.length && a.every((token, index) => token === b[index]);
}
