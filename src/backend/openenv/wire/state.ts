import { z } from 'zod';
import { phaseSchema, splitSchema } from '../../../contract/schemas.ts';

/** The state of an environment; the same fields over HTTP and WebSocket. Before the first reset all but `step_count` are null. */
export const wireStateSchema = z.strictObject({
  episode_id: z.string().nullable(),
  step_count: z.int().min(0).describe('Successful steps since the reset.'),
  seed: z.int().nullable(),
  phase: phaseSchema.nullable(),
  split: splitSchema.nullable(),
  index: z.int().nullable().describe('Task of the split, when the episode is one.'),
  episode_length: z.int().nullable(),
  ticks_used: z.int().nullable(),
  budget_ticks: z.int().nullable(),
  cumulative_reward: z.number().nullable(),
  score: z.number().nullable().describe('F1 less the cost overrun, 0..1.'),
  finished: z.enum(['breach', 'complete']).nullable(),
  true_positives: z.int().nullable(),
  true_negatives: z.int().nullable(),
  false_positives: z.int().nullable(),
  false_negatives: z.int().nullable(),
  corpus_sha256: z.string(),
});
export type WireState = z.infer<typeof wireStateSchema>;
