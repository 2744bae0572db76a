import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import {
  cacheLimitSchema,
  corpusIdSchema,
  corpusMixSchema,
  startCorpusSchema,
  type ControlReference,
  type CorporaSnapshot,
  type CorpusSample,
} from './corpora.ts';
import { capabilitySchema } from './schemas.ts';

const base = oc.errors({
  INVALID_STATE: { message: 'Not possible while the corpus is being streamed.' },
  CORPUS_UNAVAILABLE: { message: 'The corpus is not available.' },
});

const ofCorpus = z.strictObject({ id: corpusIdSchema });

/** The corpora streamed from the Hub: what the Data page shows and does. */
export const corporaProcedures = {
  snapshot: base.output(type<CorporaSnapshot>()),
  /** Starts or resumes; what goes wrong after that stands in the snapshot. */
  start: base.input(startCorpusSchema).output(z.void()),
  /** Stops with the place kept. */
  pause: base.input(ofCorpus).output(z.void()),
  /** Stops and goes back to the first row. */
  cancel: base.input(ofCorpus).output(z.void()),
  /** Removes what is cached of the corpus, its place and its commit. */
  clearCache: base.input(ofCorpus).output(z.void()),
  /** Keeps the cache within so many bytes, from now on and over restarts; a lower limit removes parts at once. */
  setCacheLimit: base.input(cacheLimitSchema).output(z.void()),
  /** Cached rows as messages; another seed shows others. */
  samples: base
    .input(ofCorpus.extend({ count: z.int().min(1).max(20), seed: z.int().min(0).max(4_294_967_295) }))
    .output(type<readonly CorpusSample[]>()),
  setMix: base.input(corpusMixSchema).output(z.void()),
  /** Controls that speak of what a message does; empty while the corpus of controls is not cached. */
  controls: base
    .input(z.strictObject({ text: z.string().max(4_000), capabilities: z.array(capabilitySchema).max(20) }))
    .output(type<readonly ControlReference[]>()),
} as const;
