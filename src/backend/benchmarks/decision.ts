import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { ACTIONS } from '../../contract/actions.ts';
import type { Decision } from '../../contract/decisions.ts';
import type { ModelId } from '../../contract/ids.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import type { ModelEntry } from '../../contract/models.ts';
import type { Observation } from '../../contract/observation.ts';
import { observeMessage } from '../../engine/environment/observeMessage.ts';
import { randomFrom } from '../../engine/random/random.ts';
import { loadDecisionModel, type DecisionModel } from '../inference/decisionModel.ts';
import { createDefender, type Defender } from '../inference/defender.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import { DECISION_LAYOUT } from '../inference/inferenceService.ts';
import { llamaRuntime, modelOptions, type LlamaRuntime } from '../inference/llamaRuntime.ts';
import { openModelRegistry } from '../inference/modelRegistry.ts';
import { PROMPT_VERSION } from '../inference/prompt/prompt.ts';
import { renderBody } from '../inference/prompt/renderBody.ts';
import { evaluationThreads } from '../inference/threads.ts';
import type { BenchmarkFigure, BenchmarkReport } from './report.ts';

export interface DecisionBenchmarkOptions {
  readonly modelsDir: string;
  /** Default: the first trained model of the manifest. */
  readonly modelId?: ModelId;
  readonly threads?: number;
  /** Timed decisions of each kind. Default 60. */
  readonly rounds?: number;
}

const TOKEN_COUNTS = [200, 48];
const WARM_UP_ROUNDS = 5;
const COMPARED_MESSAGES = 12;

/**
 * How long a decision takes on the CPU with the policy prefix in the KV cache, what our pipeline adds to a bare
 * node-llama-cpp evaluation of the same tokens, and whether equal messages get equal answers.
 *
 * @throws InferenceError when the model is missing or unusable
 */
export async function benchmarkDecision(options: DecisionBenchmarkOptions): Promise<BenchmarkReport> {
  const rounds = options.rounds ?? 60;
  const registry = await openModelRegistry({ modelsDir: options.modelsDir, promptVersion: PROMPT_VERSION });
  const entry = options.modelId === undefined ? firstTrained(registry.manifest.models) : registry.entry(options.modelId);
  await registry.check(entry);
  const modelPath = registry.path(entry);
  const runtime = await llamaRuntime({ gpu: false, ...(options.threads === undefined ? {} : { threads: options.threads }) });
  const directory = await mkdtemp(join(tmpdir(), 'omniguard-bench-'));
  try {
    const threads = evaluationThreads(entry.tier, runtime.threads, options.threads);
    const load = (): Promise<DecisionModel> => loadDecisionModel(runtime, { modelPath, layout: DECISION_LAYOUT, threads });
    const model = await load();
    const bare = await loadBare(runtime, { modelPath, contextSize: model.contextSize, threads });
    try {
      const figures: BenchmarkFigure[] = [
        { name: 'threads', value: threads, unit: 'threads' },
        { name: 'policy prefix', value: model.prefixTokens, unit: 'tokens', note: 'Kept in the KV cache, not evaluated again.' },
      ];
      for (const count of TOKEN_COUNTS) figures.push(...(await timeTokens(model, bare, count, rounds)));
      const defender = createDefender({ entry, model, dispose: () => Promise.resolve() });
      const { ours, peer, ratio } = await timePipeline(defender, bare, rounds);
      figures.push(ours, peer, ...(await compareAnswers(defender, entry, load, join(directory, 'prefix.state'))));
      return {
        name: `decision (${entry.id})`,
        figures,
        ratio: { name: 'whole pipeline against the bare evaluation', ours: ours.name, peer: peer.name, value: ratio },
      };
    } finally {
      await bare.dispose();
      await model.dispose();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function firstTrained(models: readonly ModelEntry[]): ModelEntry {
  const found = models.find(({ role }) => role === 'trained');
  if (found === undefined) throw new InferenceError('missing', 'The manifest names no trained model; name one to measure.');
  return found;
}

/** The least that node-llama-cpp needs to answer: the peer. */
interface BareModel {
  readonly model: LlamaModel;
  /** Evaluates the tokens after the cached prefix and reads the logits of the labels. */
  evaluate(tokens: readonly Token[]): Promise<void>;
  /** Tokens of an untrusted text, followed by the tail. */
  tokens(body: string): readonly Token[];
  dispose(): Promise<void>;
}

async function loadBare(
  runtime: LlamaRuntime,
  { modelPath, contextSize, threads }: { readonly modelPath: string; readonly contextSize: number; readonly threads: number },
): Promise<BareModel> {
  const model = await runtime.llama.loadModel({ modelPath, ...modelOptions(runtime.device) });
  const context = await model.createContext({ contextSize, batchSize: contextSize, threads });
  const sequence = context.getSequence();
  const prefix = model.tokenize(DECISION_LAYOUT.prefix, true);
  const tail = model.tokenize(DECISION_LAYOUT.tail, true);
  const labels = DECISION_LAYOUT.labels.flatMap((label) => model.tokenize(label, false));
  await sequence.evaluateWithoutGeneratingNewTokens(prefix);
  return {
    model,
    async evaluate(tokens) {
      await sequence.eraseContextTokenRanges([{ start: prefix.length, end: sequence.nextTokenIndex }]);
      const last = tokens.at(-1);
      if (last === undefined) return;
      const generateNext = { logits: { filter: { tokens: labels, includeSelected: true } }, totalLogitWeight: true } as const;
      await sequence.controlledEvaluate([...tokens.slice(0, -1), [last, { generateNext }]]);
    },
    tokens: (body) => [...model.tokenize(body, false), ...tail],
    dispose: () => model.dispose(),
  };
}

async function timeTokens(model: DecisionModel, bare: BareModel, count: number, rounds: number): Promise<BenchmarkFigure[]> {
  const times: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const body = bodyOfTokens(bare, count, round);
    const started = performance.now();
    const score = await model.score(() => body);
    const elapsed = performance.now() - started;
    if (score.kind !== 'scored' || score.newTokens !== count) throw new Error(`A body meant for ${count} new tokens has another length.`);
    if (round >= 0) times.push(elapsed);
  }
  const note = 'Tokenising, one forward pass with the prefix cached, six logits and their share of the whole.';
  return [
    { name: `decision of ${count} new tokens, p50`, value: percentile(times, 0.5), unit: 'ms', note },
    { name: `decision of ${count} new tokens, p95`, value: percentile(times, 0.95), unit: 'ms' },
  ];
}

/** Text that makes exactly `count` new tokens together with the tail; another one for each round. */
function bodyOfTokens(bare: BareModel, count: number, round: number): string {
  const words = bare.model.tokenize(ordinaryText(round, count * 2), false);
  for (let length = count; length > 0; length--) {
    const body = bare.model.detokenize(words.slice(0, length));
    if (bare.tokens(body).length === count) return body;
  }
  throw new Error(`No text of this tokenizer makes ${count} new tokens.`);
}

async function timePipeline(
  defender: Defender,
  bare: BareModel,
  rounds: number,
): Promise<{ readonly ours: BenchmarkFigure; readonly peer: BenchmarkFigure; readonly ratio: number }> {
  const whole: number[] = [];
  const evaluation: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const message = ordinaryMessage(round);
    const tokens = bare.tokens(renderBody(observeMessage(message)));
    const measure = {
      ours: async (): Promise<number> => {
        // A copy, because analyses are remembered by object.
        const unseen = structuredClone(message);
        const started = performance.now();
        await defender.decide([observeMessage(unseen)]);
        return performance.now() - started;
      },
      peer: async (): Promise<number> => {
        const started = performance.now();
        await bare.evaluate(tokens);
        return performance.now() - started;
      },
    };
    // Whoever goes second finds the other's weights in the processor's cache, so they take turns.
    const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const which of order) {
      const elapsed = await measure[which]();
      if (round >= 0) (which === 'ours' ? whole : evaluation).push(elapsed);
    }
  }
  const ours: BenchmarkFigure = {
    name: 'whole pipeline, p50',
    value: percentile(whole, 0.5),
    unit: 'ms',
    note: 'Analysis, prompt, tokens, evaluation, cost rule, restrictions and rationale of a message never seen before.',
  };
  const peer: BenchmarkFigure = {
    name: 'bare node-llama-cpp evaluation, p50',
    value: percentile(evaluation, 0.5),
    unit: 'ms',
    note: 'The same tokens after the same cached prefix, reading the same six logits.',
  };
  return { ours, peer, ratio: ours.value / peer.value };
}

async function compareAnswers(
  defender: Defender,
  entry: ModelEntry,
  load: () => Promise<DecisionModel>,
  statePath: string,
): Promise<BenchmarkFigure[]> {
  const observations = Array.from({ length: COMPARED_MESSAGES }, (_, index): Observation => observeMessage(ordinaryMessage(1_000 + index)));
  const alone: Decision[] = [];
  for (const observation of observations) alone.push(...(await defender.decide([observation])));
  const batched = await defender.decide(observations);
  const saved = await load();
  await saved.savePrefixState(statePath);
  await saved.dispose();
  const reloaded = await load();
  await reloaded.loadPrefixState(statePath);
  const restored = createDefender({ entry, model: reloaded, dispose: () => reloaded.dispose() });
  const afterReload = await restored.decide(observations);
  await restored.dispose();
  const note = '1: every probability of every message is the same number.';
  return [
    { name: 'same probabilities alone and batched', value: same(alone, batched) ? 1 : 0, unit: '0 or 1', note },
    { name: 'same probabilities after a state reload', value: same(alone, afterReload) ? 1 : 0, unit: '0 or 1', note },
  ];
}

function same(a: readonly Decision[], b: readonly Decision[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ probabilities }, index) => ACTIONS.every((action) => probabilities[action] === b[index]?.probabilities[action]))
  );
}

/** Nearest-rank percentile. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const SENTENCES = [
  'The deployment finished at noon and all health checks passed.',
  'Please review the attached invoice before the end of the week.',
  'Ticket 4821 was closed after the customer confirmed the fix.',
  'Rotate the staging credentials as described in the runbook.',
  'The quarterly report lists revenue by region and product line.',
  'Backups are kept for thirty days and tested every month.',
  'Set the environment variable LOG_LEVEL to debug to see more detail.',
  'Three of the five build agents are offline for maintenance.',
  'Meeting notes: agree on the schema, then migrate the orders table.',
  'curl -s https://status.example.com/api/v2/summary.json returned 200.',
];

function ordinaryText(seed: number, leastWords: number): string {
  const random = randomFrom(Math.abs(seed), 'decision-benchmark', seed < 0 ? 'warm-up' : 'round');
  const words: string[] = [];
  while (words.length < leastWords) words.push(...random.pick(SENTENCES).split(' '));
  return words.join(' ');
}

function ordinaryMessage(seed: number): GatewayMessage {
  return {
    kind: 'result',
    message: { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: ordinaryText(seed, 120) }] } },
    context: { transport: 'stdio', server: 'wiki', tool: 'get_page', userTask: 'Summarise the status page for the stand-up.' },
  };
}
