import { createStore } from 'zustand/vanilla';
import { z } from 'zod';
import { COST_PRESETS } from '../../../contract/decisions.ts';
import { SPLITS } from '../../../contract/episodes.ts';
import { modelIdSchema } from '../../../contract/ids.ts';
import { PHASES } from '../../../contract/observation.ts';

export const SOURCES = [...SPLITS, 'suite', 'labels'] as const;
export type SourceChoice = (typeof SOURCES)[number];

/** Fields are read one by one: a value that is not valid any more costs only itself. */
const storedSchema = z.object({
  /** Null: the trained model. */
  model: modelIdSchema.nullable().catch(null),
  source: z.enum(SOURCES).catch('test'),
  /** As typed. */
  messages: z.string().max(20).catch('500'),
  seed: z.string().max(20).catch('1'),
  phase: z.enum(['all', ...PHASES]).catch('all'),
  costPreset: z.enum(COST_PRESETS).catch('balanced'),
});

/** What the form of a new evaluation holds; it outlives runs, other pages and, but for the file, reloads. */
export interface EvaluationChoices extends z.infer<typeof storedSchema> {
  readonly file: File | null;
}

const KEY = 'omniguard.evaluation';

export function parseChoices(text: string | null): z.infer<typeof storedSchema> {
  try {
    return storedSchema.catch(storedSchema.parse({})).parse(JSON.parse(text ?? '{}'));
  } catch {
    return storedSchema.parse({});
  }
}

export const evaluationChoices = createStore<EvaluationChoices>(() => ({ ...parseChoices(localStorage.getItem(KEY)), file: null }));

export function choose(change: Partial<EvaluationChoices>): void {
  evaluationChoices.setState(change);
  const { file: _notStored, ...stored } = evaluationChoices.getState();
  localStorage.setItem(KEY, JSON.stringify(stored));
}
