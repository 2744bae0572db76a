import { z } from 'zod';
import { splitSchema } from '../../../contract/schemas.ts';
import { stepActionSchema } from '../wire/action.ts';
import { wireObservationSchema } from '../wire/observation.ts';
import { TASK_NAME, TASK_NAMES_IN_WORDS } from './taskName.ts';

/** Most environments that one request may reset or step. */
export const MOST_ITEMS = 512;

const envId = z.int().min(0).describe('Number of the environment, from 0 up to one less than there are.');

export const resetItemSchema = z.strictObject({
  env_id: envId,
  task_name: z
    .string()
    .regex(TASK_NAME, `There is no such task; known are ${TASK_NAMES_IN_WORDS}.`)
    .nullish()
    .describe(`What to play: ${TASK_NAMES_IN_WORDS}; curriculum when absent.`),
  seed: z.int().min(0).max(0xffff_ffff).nullish().describe("Seed instead of the task's own or a fresh one."),
  split: splitSchema
    .or(z.literal('validation'))
    .nullish()
    .describe('Servers and templates to draw from; train when absent. Must agree with a SPLIT/INDEX task.'),
});
export type ResetItem = z.infer<typeof resetItemSchema>;

/** Body of POST /reset for many environments. */
export const vectorResetSchema = z.strictObject({ items: z.array(resetItemSchema).min(1).describe(`At most ${MOST_ITEMS}.`) });

export const vectorActionSchema = z.strictObject({ env_id: envId, ...stepActionSchema.shape });
export type VectorAction = z.infer<typeof vectorActionSchema>;

/** Body of POST /step for many environments. */
export const vectorStepSchema = z.strictObject({ actions: z.array(vectorActionSchema).min(1).describe(`At most ${MOST_ITEMS}.`) });

/** One environment's answer. */
export const vectorResultSchema = z.strictObject({
  env_id: envId,
  observation: wireObservationSchema,
  reward: z.number().nullable().describe('Null after a reset.'),
  done: z.boolean(),
  info: z.record(z.string(), z.unknown()).describe('What the step reveals: rubric with the four components, verdict, truth; see /schema.'),
});

/** Reply of both: one result for each item, in the order of the request. */
export const vectorReplySchema = z.strictObject({ results: z.array(vectorResultSchema) });
