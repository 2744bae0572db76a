import { implement } from '@orpc/server';
import { corporaProcedures } from '../../../contract/corporaProcedures.ts';
import type { CorporaService } from './corporaService.ts';

/** The part of the contract that is the streamed corpora's. */
export function corporaHandlers(corpora: CorporaService) {
  const os = implement(corporaProcedures);
  return {
    snapshot: os.snapshot.handler(() => corpora.snapshot()),
    start: os.start.handler(({ input }) => corpora.start(input)),
    pause: os.pause.handler(({ input }) => corpora.pause(input.id)),
    cancel: os.cancel.handler(({ input }) => corpora.cancel(input.id)),
    clearCache: os.clearCache.handler(({ input }) => corpora.clearCache(input.id)),
    setCacheLimit: os.setCacheLimit.handler(({ input }) => corpora.setCacheLimit(input.limit)),
    samples: os.samples.handler(({ input }) => corpora.samples(input.id, input.count, input.seed)),
    setMix: os.setMix.handler(({ input }) => corpora.setMix(input)),
    controls: os.controls.handler(({ input }) => corpora.controls(input.text, input.capabilities)),
  };
}
