import { parentPort, workerData } from 'node:worker_threads';
import { agreementReport } from '../review/agreementReport.ts';
import { ReviewDesk } from '../review/desk.ts';
import { previewExport, writeExport } from '../review/labelExport.ts';
import { measureRecalibration } from '../review/recalibrationMeasure.ts';
import { ReviewError } from '../review/reviewError.ts';
import { ReviewStore } from '../review/reviewStore.ts';
import { openReadOnly } from '../store/openReadOnly.ts';
import { SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { StoreError, toStoreError } from '../store/storeError.ts';
import { serveJobs } from '../workers/serveJobs.ts';
import type { ReadJobs, ReadWorkerData } from './readJobs.ts';

/** Answers questions to the store while the main thread plays and writes. */
const { dataDir } = workerData as ReadWorkerData;

interface Opened {
  readonly episodes: SqliteEpisodeStore;
  readonly review: ReviewStore;
}
let opened: Opened | null = null;

/** Kept open: each statement is outside a transaction and so sees what was committed last. */
function store(): Opened {
  if (opened !== null) return opened;
  const database = openReadOnly(dataDir);
  opened = { episodes: new SqliteEpisodeStore(database, { upkeep: false }), review: new ReviewStore(database.db) };
  return opened;
}

const desk = (now: number): ReviewDesk => new ReviewDesk(store().review, () => new Date(now));

/** Work in many steps sees the store as it was when it began, whatever is written meanwhile. */
async function withSnapshot<T>(work: (review: ReviewStore) => Promise<T>): Promise<T> {
  const database = openReadOnly(dataDir);
  try {
    database.db.exec('BEGIN');
    return await work(new ReviewStore(database.db));
  } finally {
    database.close();
  }
}

serveJobs<ReadJobs>(
  parentPort,
  {
    episodes: (query) => store().episodes.library.list(query),
    facets: () => store().episodes.library.facets(),
    queue: ({ query, now }) => desk(now).queue(query),
    item: ({ itemId, analyst, now }) => desk(now).item(itemId, analyst),
    overview: ({ analyst, now }) => desk(now).overview(analyst),
    agreement: (analyst) => {
      const { review } = store();
      review.profile(analyst);
      return agreementReport(review, analyst);
    },
    recalibration: (basis, signal) => withSnapshot((review) => measureRecalibration(review, basis, signal)),
    audit: (_nothing, signal) => withSnapshot((review) => review.audit.verify(signal)),
    exportPreview: ({ now, ...labels }, signal) =>
      withSnapshot((review) => previewExport(review, { ...labels, now: new Date(now), signal })),
    exportLabels: async ({ file, now, ...labels }, signal) => {
      try {
        return await withSnapshot((review) => writeExport(review, file, { ...labels, now: new Date(now), signal }));
      } catch (error) {
        throw toStoreError(error);
      }
    },
  },
  {
    codeOf: (error) => (error instanceof ReviewError ? error.code : error instanceof StoreError ? 'STORE_UNAVAILABLE' : null),
    onEnd: () => opened?.episodes.close(),
  },
);
