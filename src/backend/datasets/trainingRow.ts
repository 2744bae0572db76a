import { z } from 'zod';
import { ACTIONS } from '../../contract/actions.ts';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import { MESSAGE_KINDS } from '../../contract/messages.ts';
import { renderBody } from '../inference/prompt/renderBody.ts';
import { LABELS, type LabelledCase } from './labelledCase.ts';

/** One line of a training set: the untrusted part of the prompt and what each answer to it is worth. */
export const trainingRowSchema = z.strictObject({
  id: z.string().min(1),
  source: z.string(),
  group: z.string(),
  split: z.enum(SPLITS),
  kind: z.enum(MESSAGE_KINDS),
  label: z.enum(LABELS),
  vector: z.string(),
  /** `renderBody` of the observation. */
  body: z.string(),
  fitting: z.enum(ACTIONS),
  /** Rewards in the order of ACTIONS. */
  rewards: z.array(z.number()).length(ACTIONS.length),
  acceptable: z.array(z.enum(ACTIONS)).min(1),
});
export type TrainingRow = z.infer<typeof trainingRowSchema>;

const REWARD_DECIMALS = 6;

export function trainingRow(labelled: LabelledCase, split: Split): TrainingRow {
  const { id, source, group, kind, label, vector, fitting, acceptable, rewards, observation } = labelled;
  return {
    id,
    source,
    group,
    split,
    kind,
    label,
    vector,
    body: renderBody(observation),
    fitting,
    rewards: ACTIONS.map((action) => Number(rewards[action].toFixed(REWARD_DECIMALS))),
    acceptable: [...acceptable],
  };
}
