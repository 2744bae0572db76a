import { CORPUS_SOURCES } from '../src/backend/corpora/hub/corpusSources.ts';
import { fenrirRows, jsonLines, nistRows, parquetOf, witfooRows } from '../src/backend/corpora/hub/testing/corpusRows.ts';
import { putRepository, startFakeHub, type FakeHub } from '../src/backend/corpora/hub/testing/fakeHub.ts';

/** A Hub on this machine that holds small files of the form of the three corpora. */
export async function startFakeCorpora(): Promise<FakeHub> {
  const hub = await startFakeHub();
  putRepository(hub, CORPUS_SOURCES.witfoo.repository, { 'signals/signals.parquet': parquetOf(witfooRows(24_000), { groupRows: 4_000 }) });
  putRepository(hub, CORPUS_SOURCES.fenrir.repository, { 'fenrir.jsonl': jsonLines(fenrirRows(6_000)) });
  putRepository(hub, CORPUS_SOURCES.nist.repository, { 'train.jsonl': jsonLines(nistRows(3_000)) });
  return hub;
}
