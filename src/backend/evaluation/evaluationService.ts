import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  evaluationIdSchema,
  MOST_EVALUATED,
  type EndedEvaluation,
  type EvaluationDetail,
  type EvaluationExportKind,
  type EvaluationFile,
  type EvaluationId,
  type EvaluationRequest,
  type EvaluationSource,
  type EvaluationStatus,
  type EvaluationSummary,
  type MistakenMessage,
  type RunningEvaluation,
} from '../../contract/evaluations.ts';
import type { Split } from '../../contract/episodes.ts';
import type { ModelEntry } from '../../contract/models.ts';
import { PHASES } from '../../contract/observation.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { DEFAULT_CONFIG } from '../../engine/environment/defaults.ts';
import { observeMessage } from '../../engine/environment/observeMessage.ts';
import { calibratedEmbedders } from '../critic/calibratedEmbedders.ts';
import { InputError } from '../datasets/inputError.ts';
import { InferenceError } from '../inference/inferenceError.ts';
import type { InferenceService } from '../inference/inferenceService.ts';
import type { ModelRegistry } from '../inference/modelRegistry.ts';
import { ReviewError } from '../review/reviewError.ts';
import { StoreError } from '../store/storeError.ts';
import { fitOnSource } from './baselines/fitBaselines.ts';
import { keywordPredictor } from './baselines/predictors.ts';
import type { CaseSource } from './caseSource.ts';
import { evaluateInto, type OutcomeSink } from './evaluate.ts';
import { createDriftMeter, type LoadedEmbedder } from './driftMeter.ts';
import { EvaluationError } from './evaluationError.ts';
import { EvaluationStore } from './evaluationStore.ts';
import { createFiguresClient } from './figures/figuresClient.ts';
import { bundledName, generatedSource } from './generatedSource.ts';
import { keepMistakes } from './mistakeKeeper.ts';
import type { Outcome } from './outcome.ts';
import { defenderPredictor, type Predictor } from './predictor.ts';
import { markdownReport } from './rendering/markdown.ts';
import { reliabilitySvg } from './rendering/reliabilitySvg.ts';
import { suiteSource } from './suiteSource.ts';
import { createSuiteUploads } from './suiteUploads.ts';

export interface EvaluationServiceOptions {
  /** Where finished reports are kept; made with the first. */
  readonly folder: string;
  readonly inference: Pick<InferenceService, 'loadDefender' | 'loadEmbedder' | 'device' | 'status'> & {
    readonly registry: Pick<ModelRegistry, 'entry' | 'manifest'>;
  };
  readonly pool: MessagePool;
  /** Writes the decided items of the review queue to a file, as a suite; answers with their number. */
  readonly writeLabels: (file: string) => Promise<number>;
  readonly onFailure: (error: unknown) => void;
  readonly now?: () => Date;
  /** Generated messages that the linear baseline is fitted on. */
  readonly linearRows?: number;
}

/** Evaluations from the interface: one at a time, in the background, their reports kept. */
export interface EvaluationService {
  uploadBegin(): Promise<{ readonly upload: string }>;
  /** @throws EvaluationError */
  uploadWrite(upload: string, piece: Uint8Array): Promise<void>;
  /** @throws EvaluationError while another one runs or without the upload; InferenceError for an unknown model */
  start(request: EvaluationRequest): { readonly id: EvaluationId };
  /** Resolves when the evaluation has ended. @throws EvaluationError when it does not run */
  cancel(id: EvaluationId): Promise<void>;
  status(): Promise<EvaluationStatus>;
  watch(signal?: AbortSignal): AsyncGenerator<EvaluationStatus, void>;
  list(): Promise<readonly EvaluationSummary[]>;
  /** @throws EvaluationError */
  get(id: EvaluationId): Promise<EvaluationDetail>;
  /** @throws EvaluationError when the message of this case was not kept */
  message(id: EvaluationId, place: number): Promise<MistakenMessage>;
  /** @throws EvaluationError */
  remove(id: EvaluationId): Promise<void>;
  /** @throws EvaluationError */
  export(id: EvaluationId, kind: EvaluationExportKind): Promise<EvaluationFile>;
  /** Cancels what runs. Idempotent. */
  dispose(): Promise<void>;
}

const LINEAR_ROWS = 6_000;
const LINEAR_SEED = 1;
/** Messages decided together on a GPU; on a CPU one at a time keeps decision times honest. */
const GPU_BATCH = 8;
/** Failures whose message is one sentence for people. */
const SPOKEN = [EvaluationError, InferenceError, RangeError, ReviewError, StoreError] as const;
/** Cases whose outcomes cross to the worker together. */
const PARCEL = 64;
/** The longest that a timer takes: the worker of a run keeps what it was given until the run ends. */
const FOREVER_MS = 2 ** 31 - 1;
/** Between two messages of a progress stream, milliseconds. */
const WATCH_GAP_MS = 150;

interface Job {
  state: RunningEvaluation;
  readonly abort: AbortController;
  readonly startedAt: Date;
  readonly ended: Promise<void>;
}

/** A source and what must be done when it is no longer needed. */
interface OpenSource {
  readonly source: CaseSource;
  readonly close: () => Promise<void>;
}

export function createEvaluationService(options: EvaluationServiceOptions): EvaluationService {
  return new LocalEvaluations(options);
}

class LocalEvaluations implements EvaluationService {
  readonly #options: EvaluationServiceOptions;
  readonly #store: EvaluationStore;
  readonly #uploads = createSuiteUploads();
  /** Files of many cases are read where that holds nobody up. */
  readonly #reads = createFiguresClient();
  readonly #waiting = new Set<() => void>();
  /** The same for every evaluation, so it is fitted once. */
  #linear: Predictor | null = null;
  #job: Job | null = null;
  #ended: EndedEvaluation | null = null;
  #revision = 0;
  #disposed = false;

  constructor(options: EvaluationServiceOptions) {
    this.#options = options;
    this.#store = new EvaluationStore(options.folder);
  }

  async uploadBegin(): Promise<{ readonly upload: string }> {
    return { upload: await this.#uploads.begin() };
  }

  uploadWrite(upload: string, piece: Uint8Array): Promise<void> {
    return this.#uploads.write(upload, piece);
  }

  start(request: EvaluationRequest): { readonly id: EvaluationId } {
    if (this.#disposed) throw new EvaluationError('INVALID_STATE', 'OmniGuard is closing.');
    if (this.#job !== null) throw new EvaluationError('INVALID_STATE', 'An evaluation is running; wait for it or cancel it.');
    const entry = this.#options.inference.registry.entry(request.modelId);
    if (entry.role === 'embedder') throw new InferenceError('incompatible', `${entry.id} is an embedder; choose a decision model.`);
    if (request.source.type === 'suite') this.#uploads.fileOf(request.source.upload);
    const id = evaluationIdSchema.parse(`ev-${randomBytes(8).toString('hex')}`);
    const abort = new AbortController();
    const startedAt = this.#now();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#job = {
      state: { id, model: entry.id, suite: nameOf(request.source), stage: 'preparing', done: 0, total: 0 },
      abort,
      startedAt,
      ended,
    };
    this.#changed();
    void this.#run(this.#job, entry, request).then((outcome) => {
      this.#job = null;
      this.#ended = { id, ...outcome };
      this.#changed();
      resolve();
    });
    return { id };
  }

  async cancel(id: EvaluationId): Promise<void> {
    const job = this.#job;
    if (job?.state.id !== id) throw new EvaluationError('INVALID_STATE', 'This evaluation is not running any more.');
    job.abort.abort(new EvaluationError('INVALID_STATE', 'The evaluation was cancelled.'));
    await job.ended;
  }

  async status(): Promise<EvaluationStatus> {
    const reports = await this.#store.list();
    return { running: this.#job?.state ?? null, ended: this.#ended, reports };
  }

  async *watch(signal?: AbortSignal): AsyncGenerator<EvaluationStatus, void> {
    const over = (): boolean => signal?.aborted === true || this.#disposed;
    while (!over()) {
      const seen = this.#revision;
      yield await this.status();
      await pause(WATCH_GAP_MS, signal);
      while (this.#revision === seen && !over()) await this.#nextChange(signal);
    }
  }

  list(): Promise<readonly EvaluationSummary[]> {
    return this.#store.list();
  }

  get(id: EvaluationId): Promise<EvaluationDetail> {
    return this.#reads.run('read', this.#store.path(id));
  }

  async message(id: EvaluationId, place: number): Promise<MistakenMessage> {
    const message = await this.#reads.run('message', { path: this.#store.path(id), case: place });
    if (message === null) throw new EvaluationError('NOT_FOUND', 'The message of this case was not kept.');
    const { normalizedText, layers, hints } = observeMessage(message);
    return { message, normalizedText, layers, hints };
  }

  async remove(id: EvaluationId): Promise<void> {
    await this.#store.remove(id);
    this.#changed();
  }

  async export(id: EvaluationId, kind: EvaluationExportKind): Promise<EvaluationFile> {
    const { report } = await this.get(id);
    switch (kind) {
      case 'json':
        return { name: 'report.json', text: `${JSON.stringify(report, null, 2)}\n` };
      case 'markdown':
        return { name: 'report.md', text: markdownReport(report, 'reliability.svg') };
      case 'svg':
        return { name: 'reliability.svg', text: reliabilitySvg(report) };
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#job?.abort.abort(new EvaluationError('INVALID_STATE', 'OmniGuard is closing.'));
    await this.#job?.ended;
    await Promise.all([this.#uploads.dispose(), this.#reads.end()]);
    this.#changed();
  }

  /** Never rejects: how it ended is its result. */
  async #run(job: Job, entry: ModelEntry, request: EvaluationRequest): Promise<Omit<EndedEvaluation, 'id'>> {
    try {
      await this.#evaluate(job, entry, request);
      return { outcome: 'finished', problem: null };
    } catch (error) {
      if (job.abort.signal.aborted) return { outcome: 'cancelled', problem: null };
      return { outcome: 'failed', problem: this.#problemOf(error, job.state.suite) };
    }
  }

  async #evaluate(job: Job, entry: ModelEntry, { source: wanted, costPreset }: EvaluationRequest): Promise<void> {
    const { signal } = job.abort;
    const loaded: { dispose(): Promise<void> }[] = [];
    const figures = createFiguresClient(FOREVER_MS);
    const path = this.#store.path(job.state.id);
    let opened: OpenSource | null = null;
    let written = false;
    try {
      opened = await this.#open(wanted, signal);
      const { source } = opened;
      const load = async ({ id }: ModelEntry): Promise<Predictor> => {
        const defender = await this.#options.inference.loadDefender(id, { signal });
        loaded.push(defender);
        return defenderPredictor(defender, costPreset);
      };
      const keeper = keepMistakes(await load(entry));
      const untrained = this.#untrained(entry);
      const baselines = untrained === null ? [] : [await load(untrained)];
      const embedders: LoadedEmbedder[] = [];
      for (const known of calibratedEmbedders(this.#options.inference.status())) {
        const embedder = await this.#options.inference.loadEmbedder(known.id, { signal });
        loaded.push(embedder);
        embedders.push({ entry: known, embedder });
      }
      const meter = createDriftMeter(embedders);
      if (this.#linear === null) {
        this.#advance(job, { stage: 'fitting' });
        const rows = this.#options.linearRows ?? LINEAR_ROWS;
        this.#linear = await fitOnSource(this.#bundled('train', { count: rows, seed: LINEAR_SEED, phases: PHASES }), { signal });
      }
      this.#advance(job, { stage: 'evaluating', total: source.size });
      const systems = [keeper.predictor, ...baselines, this.#linear, keywordPredictor()];
      const sink = inParcels((outcomes) => figures.run('add', outcomes), systems.length);
      await evaluateInto(sink.add, meter.watch(source).cases(), systems, {
        batch: this.#options.inference.device()?.gpu == null ? 1 : GPU_BATCH,
        signal,
        onProgress: (done) => this.#advance(job, { done }),
      });
      await sink.flush();
      this.#advance(job, { stage: 'saving' });
      const kept = keeper.mistakes();
      const summary = await figures.run(
        'finish',
        {
          head: {
            id: job.state.id,
            startedAt: job.startedAt.toISOString(),
            finishedAt: this.#now().toISOString(),
            model: entry.id,
          },
          suite: { name: source.name, sha256: source.sha256 },
          costPreset,
          systems: systems.map(({ info }) => info),
          drift: meter.report(),
          mistakes: kept.map(({ mistake }) => mistake),
          messages: kept.map(({ message }) => message),
          path,
        },
        signal,
      );
      written = true;
      await this.#store.adopt(summary);
    } finally {
      await figures.end();
      if (!written) await rm(path, { force: true });
      await Promise.all(loaded.map((model) => model.dispose()));
      await opened?.close();
    }
  }

  async #open(wanted: EvaluationSource, signal: AbortSignal): Promise<OpenSource> {
    switch (wanted.type) {
      case 'bundled': {
        const { split, count, seed, phase } = wanted;
        return {
          source: this.#bundled(split, { count, seed, phases: phase === undefined ? PHASES : [phase] }),
          close: async () => undefined,
        };
      }
      case 'suite': {
        const close = (): Promise<void> => this.#uploads.drop(wanted.upload);
        return opened(() => suiteSource(this.#uploads.fileOf(wanted.upload), { signal }), wanted.name, close);
      }
      case 'labels': {
        const folder = await mkdtemp(join(tmpdir(), 'omniguard-labels-'));
        const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
        const file = join(folder, 'labels.jsonl');
        const open = async (): Promise<CaseSource> => {
          const rows = await this.#options.writeLabels(file);
          if (rows === 0) throw new EvaluationError('INVALID_STATE', 'The review queue holds no decided item to evaluate on.');
          return suiteSource(file, { signal });
        };
        return opened(open, nameOf(wanted), close);
      }
    }
  }

  #bundled(split: Split, draw: Pick<Parameters<typeof generatedSource>[0], 'count' | 'seed' | 'phases'>): CaseSource {
    return generatedSource({ environment: { config: { ...DEFAULT_CONFIG, split }, pool: this.#options.pool }, ...draw });
  }

  /** The untrained model of the same tier; null when there is none beside the model itself. */
  #untrained({ id, tier }: ModelEntry): ModelEntry | null {
    const { models } = this.#options.inference.registry.manifest;
    return models.find((peer) => peer.role === 'baseline' && peer.tier === tier && peer.id !== id) ?? null;
  }

  #problemOf(error: unknown, suite: string): string {
    if (error instanceof InputError) return new InputError(suite, error.problems).message;
    if (SPOKEN.some((kind) => error instanceof kind) && error instanceof Error) return error.message;
    this.#options.onFailure(error);
    return 'The evaluation failed for an unexpected reason; the log has the details.';
  }

  #advance(job: Job, change: Partial<Pick<RunningEvaluation, 'stage' | 'done' | 'total'>>): void {
    job.state = { ...job.state, ...change };
    this.#changed();
  }

  #changed(): void {
    this.#revision++;
    for (const wake of this.#waiting) wake();
  }

  #nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

/** The source under the name that people gave it; what was taken for it is given back when it cannot be read. */
async function opened(open: () => Promise<CaseSource>, name: string, close: () => Promise<void>): Promise<OpenSource> {
  try {
    const source = await open();
    if (source.size > MOST_EVALUATED) {
      throw new EvaluationError(
        'UNREADABLE',
        `${name} holds ${source.size} messages; at most ${MOST_EVALUATED} are evaluated here, the eval command takes any number.`,
      );
    }
    return { source: { ...source, name }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function nameOf(source: EvaluationSource): string {
  switch (source.type) {
    case 'bundled':
      return bundledName(source.split);
    case 'suite':
      return source.name;
    case 'labels':
      return 'review labels';
  }
}

interface Parcels {
  readonly add: OutcomeSink;
  /** Sends what has not been sent yet. */
  readonly flush: () => Promise<void>;
}

/** Outcomes cross to another thread some dozens at a time. */
function inParcels(send: (outcomes: readonly (readonly Outcome[])[]) => Promise<unknown>, systems: number): Parcels {
  const empty = (): Outcome[][] => Array.from({ length: systems }, () => []);
  let waiting = empty();
  const flush = async (): Promise<void> => {
    if (waiting[0]?.length === 0) return;
    const parcel = waiting;
    waiting = empty();
    await send(parcel);
  };
  const add: OutcomeSink = async (outcomes) => {
    outcomes.forEach((each, system) => waiting[system]?.push(...each));
    if ((waiting[0]?.length ?? 0) >= PARCEL) await flush();
  };
  return { add, flush };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
