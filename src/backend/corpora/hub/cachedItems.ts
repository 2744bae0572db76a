import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROW_ADAPTERS } from './adapters/adapters.ts';
import type { CorpusItem } from './adapters/item.ts';
import type { CorpusPin } from './corpusPin.ts';
import type { CorpusSource } from './corpusSources.ts';
import { CorpusStreamError } from './corpusStreamError.ts';
import type { PartCache } from './partCache.ts';
import { startOf, streamRows, type RowStreamOptions } from './rowStream.ts';

/** An item with the number of its row. */
export interface NumberedItem extends CorpusItem {
  readonly row: number;
}

const SLICE_MS = 8;

/**
 * The items of the first rows of a corpus, from the cache alone: equal commits give equal items. Ends early where the
 * cache ends.
 * @param mostRows rows looked at
 * @throws CorpusStreamError
 */
export async function* cachedItems(
  source: CorpusSource,
  pin: CorpusPin,
  cache: PartCache,
  mostRows: number,
  options: Pick<RowStreamOptions, 'signal' | 'partBytes' | 'parquetWorker'> = {},
): AsyncGenerator<NumberedItem, void, undefined> {
  const adapt = ROW_ADAPTERS[source.id];
  let since = performance.now();
  try {
    for await (const batch of streamRows({ ...options, source, pin, cache, hub: null }, startOf(pin))) {
      for (const { row, value } of batch) {
        if (row >= mostRows) return;
        const adapted = typeof value === 'string' ? value : adapt(value);
        if (typeof adapted !== 'string') yield { ...adapted, row };
        if (performance.now() - since < SLICE_MS) continue;
        await nextTurn();
        since = performance.now();
      }
    }
  } catch (error) {
    if (!(error instanceof CorpusStreamError) || error.code !== 'not_cached') throw error;
  }
}
