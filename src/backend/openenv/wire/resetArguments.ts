import { z } from 'zod';
import type { Split } from '../../../contract/episodes.ts';
import type { Phase } from '../../../contract/observation.ts';
import { phaseSchema } from '../../../contract/schemas.ts';
import { splitNamed, taskAt, TASKS_PER_SPLIT } from '../environments/tasks.ts';

const HIGHEST_SEED = 0xffff_ffff;

const shape = {
  seed: z.int().min(0).max(HIGHEST_SEED).nullish().describe('Equal seeds play equal episodes; drawn at random when absent.'),
  episode_id: z.string().max(255).nullish().describe('Name of the episode; a new UUID when absent.'),
  phase: phaseSchema.nullish().describe('Curriculum phase; bootstrapping when absent.'),
  split: z.enum(['train', 'dev', 'validation', 'test']).nullish().describe('Servers and templates to draw from; train when absent.'),
  index: z
    .int()
    .min(0)
    .max(TASKS_PER_SPLIT - 1)
    .nullish()
    .describe('Task of the split; gives seed and phase unless they are named.'),
  request_id: z.string().max(255).nullish().describe('A repeated id answers with the reply already given.'),
};

/** The arguments of a reset, strictly: an unknown or misspelt name is an error. */
export const resetArgumentsSchema = z.strictObject({
  ...shape,
  options: z.strictObject(shape).nullish().describe('The same arguments, for clients that send them in one object.'),
});
export type ResetArguments = z.infer<typeof resetArgumentsSchema>;
export const RESET_ARGUMENT_NAMES: readonly string[] = Object.keys(resetArgumentsSchema.shape);

/** An episode to begin, with nothing left open. */
export interface EpisodeStart {
  readonly episodeId: string;
  readonly seed: number;
  readonly phase: Phase;
  readonly split: Split;
  /** Set when the episode is a task. */
  readonly index: number | null;
}

/** What to take where the arguments say nothing. */
export interface ResetDefaults {
  readonly episodeId: () => string;
  readonly seed: () => number;
  readonly phase?: Phase;
}

/** Fills in what a reset leaves open: named arguments first, then those in `options`, the task's, the defaults. */
export function episodeStart(args: ResetArguments, defaults: ResetDefaults): EpisodeStart {
  const options = args.options ?? {};
  const split = splitNamed(args.split ?? options.split ?? 'train') ?? 'train';
  const index = args.index ?? options.index ?? null;
  const task = index === null ? null : taskAt(split, index);
  return {
    episodeId: args.episode_id ?? options.episode_id ?? defaults.episodeId(),
    seed: args.seed ?? options.seed ?? task?.seed ?? defaults.seed(),
    phase: args.phase ?? options.phase ?? task?.phase ?? defaults.phase ?? 'bootstrapping',
    split,
    index,
  };
}
