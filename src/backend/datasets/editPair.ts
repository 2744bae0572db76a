import { z } from 'zod';
import { SPLITS, type Split } from '../../contract/episodes.ts';
import { analyze } from '../../engine/analysis/analyze.ts';
import { compareWithReference } from '../../engine/critic/critic.ts';
import { DEFAULT_CRITIC } from '../../engine/critic/defaults.ts';
import { editTexts } from '../../engine/critic/editTexts.ts';
import { LABELS, type LabelledCase } from './labelledCase.ts';

const share = z.number().min(0).max(1);

/** A change that was met, or one made out of a definition to train on. */
export const EDIT_ORIGINS = ['change', 'definition'] as const;
export type EditOrigin = (typeof EDIT_ORIGINS)[number];

/** A change to a pinned definition: what the critic's embedder compares, and the critic's other measures of the same change. */
export const editPairSchema = z.strictObject({
  id: z.string().min(1),
  source: z.string(),
  group: z.string(),
  split: z.enum(SPLITS),
  label: z.enum(LABELS),
  vector: z.string(),
  origin: z.enum(EDIT_ORIGINS),
  /** The pinned tool. */
  reference: z.string(),
  /** What was added to it. */
  candidate: z.string(),
  /** Drift of wording and of structure, and the distance of the engine's own embedding, 0..1. */
  lexical: share,
  structural: share,
  hashed: share,
});
export type EditPair = z.infer<typeof editPairSchema>;

/** Null for messages that change no pinned definition, or add nothing that could be read. */
export function editPair(labelled: LabelledCase, split: Split, origin: EditOrigin = 'change'): EditPair | null {
  const { id, source, group, label, vector, observation } = labelled;
  const { message } = observation;
  const texts = editTexts(message);
  if (texts === null) return null;
  const report = compareWithReference(message, analyze(message), DEFAULT_CRITIC);
  if (report?.reference !== 'pinned_baseline') return null;
  const { lexical, structural, embedding } = report.parts;
  return { id, source, group, split, label, vector, origin, ...texts, lexical, structural, hashed: embedding };
}
