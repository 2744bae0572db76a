import { randomInt } from 'node:crypto';
import type { VectorTotals } from '../../../contract/environmentServer.ts';
import type { CurriculumState, EnvironmentConfig, Split } from '../../../contract/episodes.ts';
import type { Phase } from '../../../contract/observation.ts';
import { advanceCurriculum, initialCurriculum } from '../../../engine/environment/curriculum.ts';
import { DEFAULT_CONFIG } from '../../../engine/environment/defaults.ts';
import type { EnvironmentHandle, EnvironmentPool } from '../environments/environmentPool.ts';
import type { StepFacts } from '../environments/reply.ts';
import type { ResultCall, ResultOutcome } from '../environments/resultBatch.ts';
import { splitNamed } from '../environments/tasks.ts';
import type { JsonReply, ServerTelemetry, VectorService } from '../server/services.ts';
import { StepCounters } from '../telemetry/stepCounters.ts';
import type { EpisodeStart } from '../wire/resetArguments.ts';
import { Refusal, type RefusalDetail } from './refusal.ts';
import { SeedAffinity } from './seedAffinity.ts';
import { namedTask } from './taskName.ts';
import { parseBatch, type BatchForm } from './parseBatch.ts';
import { vectorResetSchema, vectorStepSchema, type ResetItem, type VectorAction } from './wire.ts';

export interface VectorOptions {
  readonly pool: EnvironmentPool;
  readonly telemetry: Pick<ServerTelemetry, 'steps'>;
  /** Environments; default 32. */
  readonly environments?: number;
  readonly curriculum?: EnvironmentConfig['curriculum'];
  /** Where fresh seeds come from: a whole number of 32 bits. */
  readonly freshSeed?: () => number;
}

export const DEFAULT_ENVIRONMENTS = 32;

const RESET_FORM: BatchForm<typeof vectorResetSchema, ResetItem> = {
  list: 'items',
  schema: vectorResetSchema,
  entries: (body) => body.items,
};
const STEP_FORM: BatchForm<typeof vectorStepSchema, VectorAction> = {
  list: 'actions',
  schema: vectorStepSchema,
  entries: (body) => body.actions,
};

/** `new`: never reset. `lost`: its worker ended or did not answer; only a reset helps. */
export type EnvironmentCondition = 'new' | 'playing' | 'done' | 'lost';

/** One environment as `/metrics` shows it. */
export interface EnvironmentRow {
  readonly envId: number;
  readonly condition: EnvironmentCondition;
  readonly worker: number;
  /** Null before the first reset. */
  readonly task: { readonly name: string; readonly seed: number; readonly phase: Phase; readonly split: Split } | null;
  /** Episodes played to their end. */
  readonly episodes: number;
  /** Steps since the server started. */
  readonly steps: number;
  /** Sum of rewards of the episode under way or last played. */
  readonly episodeReward: number;
  readonly episodeSteps: number;
}

interface Slot {
  readonly id: number;
  handle: EnvironmentHandle;
  condition: EnvironmentCondition;
  task: EnvironmentRow['task'];
  /** Counts resets; part of the episode's name. */
  resets: number;
  episodes: number;
  steps: number;
  episodeReward: number;
  episodeSteps: number;
  /** Settles when the batch under way on this environment is done; null when there is none. */
  busy: Promise<void> | null;
}

/** The environments behind POST /reset with `items` and POST /step with `actions`. A batch is played whole or not at all. */
export class VectorEnvironments implements VectorService {
  readonly counters = new StepCounters();
  private readonly pool: EnvironmentPool;
  private readonly telemetry: Pick<ServerTelemetry, 'steps'>;
  private readonly config: EnvironmentConfig;
  private readonly freshSeed: () => number;
  private readonly slots: readonly Slot[];
  private readonly affinity: SeedAffinity;
  private stage: CurriculumState;
  private closed = false;

  /** @throws EnvironmentPoolError when the pool has no worker left */
  constructor(options: VectorOptions) {
    const { pool, telemetry, environments = DEFAULT_ENVIRONMENTS } = options;
    this.pool = pool;
    this.telemetry = telemetry;
    this.config = options.curriculum === undefined ? DEFAULT_CONFIG : { ...DEFAULT_CONFIG, curriculum: options.curriculum };
    this.stage = initialCurriculum(this.config);
    this.freshSeed = options.freshSeed ?? (() => randomInt(0x1_0000_0000));
    this.affinity = new SeedAffinity(environments, pool.queues().length);
    this.slots = Array.from({ length: environments }, (_, id): Slot => ({
      id,
      handle: pool.open(),
      condition: 'new',
      task: null,
      resets: 0,
      episodes: 0,
      steps: 0,
      episodeReward: 0,
      episodeSteps: 0,
      busy: null,
    }));
  }

  get environments(): number {
    return this.slots.length;
  }

  curriculum(): CurriculumState {
    return this.stage;
  }

  rows(): readonly EnvironmentRow[] {
    return this.slots.map(({ id, condition, handle, task, episodes, steps, episodeReward, episodeSteps }) => ({
      envId: id,
      condition,
      worker: handle.worker,
      task,
      episodes,
      steps,
      episodeReward,
      episodeSteps,
    }));
  }

  totals(): VectorTotals {
    const { episodes, steps, breaches, reward } = this.counters;
    return { environments: this.slots.length, episodes, steps, meanReward: this.counters.perStep(reward), breaches };
  }

  /** The handle of an environment that has an episode; else why there is nothing to see. */
  playing(envId: number): EnvironmentHandle | 'unknown' | Exclude<EnvironmentCondition, 'playing'> {
    const slot = this.slots[envId];
    if (slot === undefined) return 'unknown';
    return slot.condition === 'playing' ? slot.handle : slot.condition;
  }

  async reset(body: unknown): Promise<JsonReply> {
    const items = parseBatch(body, RESET_FORM, this.slots.length);
    if (items instanceof Refusal) return items.reply();
    const conflicts = items.flatMap((item, index) => splitConflict(item, index));
    if (conflicts.length > 0) return new Refusal(422, conflicts).reply();
    const slots = items.map((item) => this.slots[item.env_id] as Slot);
    return this.exclusively(slots, () => this.begin(slots, items));
  }

  async step(body: unknown): Promise<JsonReply> {
    const actions = parseBatch(body, STEP_FORM, this.slots.length);
    if (actions instanceof Refusal) return actions.reply();
    const slots = actions.map((action) => this.slots[action.env_id] as Slot);
    return this.exclusively(slots, () => this.play(slots, actions));
  }

  /** Waits for the batches under way, then lets go of the environments; requests after that are refused. Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.slots.map(async (slot) => slot.busy));
    for (const slot of this.slots) this.pool.release(slot.handle);
  }

  /**
   * Runs one batch at a time on each environment, so that what a batch was checked against still holds when it is
   * played. Batches on different environments run side by side.
   */
  private async exclusively(slots: readonly Slot[], run: () => Promise<JsonReply>): Promise<JsonReply> {
    for (;;) {
      if (this.closed) return new Refusal(503, 'The server is closing.').reply();
      const busy = slots.find((slot) => slot.busy !== null)?.busy;
      if (busy === undefined || busy === null) break;
      await busy;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const slot of slots) slot.busy = promise;
    try {
      return await run();
    } finally {
      for (const slot of slots) slot.busy = null;
      resolve();
    }
  }

  private async begin(slots: readonly Slot[], items: readonly ResetItem[]): Promise<JsonReply> {
    const calls = items.map((item, index): ResultCall => {
      const slot = slots[index] as Slot;
      const start = this.startOf(slot, item);
      this.move(slot, this.affinity.place(slot.id, `${start.split} ${start.phase} ${start.seed}`));
      slot.task = { name: item.task_name ?? 'curriculum', seed: start.seed, phase: start.phase, split: start.split };
      slot.episodeReward = 0;
      slot.episodeSteps = 0;
      return { envId: slot.id, handle: slot.handle, call: { type: 'reset', start } };
    });
    const { outcomes, body } = await this.pool.results(calls);
    for (const [index, outcome] of outcomes.entries()) (slots[index] as Slot).condition = outcome.ok ? 'playing' : 'lost';
    return replyOf(slots, outcomes, body, 'items');
  }

  private async play(slots: readonly Slot[], actions: readonly VectorAction[]): Promise<JsonReply> {
    const unready = slots.flatMap((slot, index) => (slot.condition === 'playing' ? [] : [notReady(slot, index)]));
    if (unready.length > 0) return new Refusal(409, unready).reply();
    const calls = actions.map(({ env_id: envId, ...action }, index): ResultCall => {
      return { envId, handle: (slots[index] as Slot).handle, call: { type: 'step', action } };
    });
    const { outcomes, body } = await this.pool.results(calls);
    const facts: StepFacts[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const slot = slots[index] as Slot;
      if (!outcome.ok) slot.condition = 'lost';
      else if (outcome.facts !== null) {
        facts.push(outcome.facts);
        this.count(slot, outcome.facts);
      }
    }
    this.telemetry.steps(facts);
    return replyOf(slots, outcomes, body, 'actions');
  }

  private count(slot: Slot, facts: StepFacts): void {
    this.counters.add(facts);
    slot.steps += 1;
    slot.episodeSteps += 1;
    slot.episodeReward += facts.reward;
    if (facts.episode === null) return;
    slot.condition = 'done';
    slot.episodes += 1;
    // An episode begun before the phase changed says nothing about the new phase.
    if (slot.task?.name === 'curriculum' && slot.task.phase === this.stage.phase)
      this.stage = advanceCurriculum(this.config, this.stage, facts.episode.score);
  }

  private startOf(slot: Slot, { task_name, seed, split }: ResetItem): EpisodeStart {
    const named = namedTask(task_name ?? 'curriculum');
    slot.resets += 1;
    // Counted instead of drawn: two servers that are asked the same answer the same, byte for byte.
    const episodeId = `vector-${slot.id}-${slot.resets}`;
    const chosen = splitNamed(split ?? 'train') ?? 'train';
    switch (named.kind) {
      case 'demo':
        return { episodeId, seed: seed ?? named.seed, phase: named.phase, split: chosen, index: null };
      case 'phase':
        return { episodeId, seed: seed ?? this.freshSeed(), phase: named.phase, split: chosen, index: null };
      case 'curriculum':
        return { episodeId, seed: seed ?? this.freshSeed(), phase: this.stage.phase, split: chosen, index: null };
      case 'task': {
        const { task } = named;
        return { episodeId, seed: seed ?? task.seed, phase: task.phase, split: task.split, index: task.index };
      }
    }
  }

  private move(slot: Slot, worker: number): void {
    if (slot.handle.worker === worker) return;
    this.pool.release(slot.handle);
    slot.handle = this.pool.open(worker);
  }
}

function splitConflict({ task_name, split }: ResetItem, index: number): RefusalDetail[] {
  if (split === null || split === undefined) return [];
  const named = namedTask(task_name ?? 'curriculum');
  if (named.kind !== 'task' || named.task.split === splitNamed(split)) return [];
  const msg = `The task ${named.task.id} belongs to another split; leave split out or change the task.`;
  return [{ type: 'split_conflict', loc: ['body', 'items', index, 'split'], msg, input: split }];
}

const NOT_READY: { readonly [C in Exclude<EnvironmentCondition, 'playing'>]: { readonly type: string; readonly words: string } } = {
  new: { type: 'environment_not_reset', words: 'was never reset' },
  done: { type: 'episode_over', words: 'has finished its episode' },
  lost: { type: 'environment_lost', words: 'was lost with its worker' },
};

function notReady({ id, condition }: Slot, index: number): RefusalDetail {
  const { type, words } = NOT_READY[condition === 'playing' ? 'new' : condition];
  return { type, loc: ['body', 'actions', index, 'env_id'], msg: `Environment ${id} ${words}; reset it first.`, input: id };
}

/** All results, or, when some environments failed, why, beside the results of the others. */
function replyOf(slots: readonly Slot[], outcomes: readonly ResultOutcome[], body: Uint8Array, list: 'items' | 'actions'): JsonReply {
  const failures = outcomes.flatMap((outcome, index): RefusalDetail[] => {
    if (outcome.ok) return [];
    const { id } = slots[index] as Slot;
    const msg = `Environment ${id}: ${outcome.message}`;
    return [{ type: 'environment_failed', loc: ['body', list, index, 'env_id'], msg, input: id }];
  });
  if (failures.length === 0) return { status: 200, json: body };
  const results = new TextDecoder().decode(body).slice(1);
  return { status: 503, json: `{"detail":${JSON.stringify(failures)},${results}` };
}
