import type { Split } from '../../contract/episodes.ts';
import type { Phase } from '../../contract/observation.ts';
import type { Environment } from '../../engine/environment/environment.ts';
import { generatedCases } from './generatedCases.ts';
import type { LabelledCase } from './labelledCase.ts';
import { RowWriter, type RowCounts, type WrittenRow } from './rowWriter.ts';
import { suiteCase } from './suiteCase.ts';
import { checkSuite, readSuite } from './suiteFile.ts';
import { trainingRow } from './trainingRow.ts';

export interface DatasetOptions {
  readonly out: string;
  /** Written into every row. Generated messages come from this split of `environment`. */
  readonly split: Split;
  readonly suites: readonly string[];
  /** Rows to generate; null for none. */
  readonly generate: {
    readonly environment: Environment;
    readonly count: number;
    readonly seed: number;
    readonly phases: readonly Phase[];
    /** Chooses among the generated cases; absent: all. */
    readonly quotas?: CaseQuotas;
  } | null;
  /** What a case becomes; absent: a training row. */
  readonly linesOf?: LinesOf;
  readonly signal?: AbortSignal;
  readonly onProgress?: (counts: RowCounts) => void;
}

/** The lines of a case, each with the text that makes it a duplicate of another one. */
export type LinesOf = (labelled: LabelledCase, split: Split) => readonly { readonly row: WrittenRow; readonly text: string }[];

const plainLine: LinesOf = (labelled, split) => {
  const row = trainingRow(labelled, split);
  return [{ row, text: row.body }];
};

/** Decides which generated cases become rows, by their group. */
export interface CaseQuotas {
  admits(group: string): boolean;
  /** Told of each row that was written. */
  take(group: string): void;
}

export interface DatasetSummary extends RowCounts {
  /** Generated rows that were wanted but not found among new messages. */
  readonly missing: number;
}

/** Messages between two reports of progress; the event loop gets its turn as often. */
const PROGRESS_EVERY = 256;

/** So many generated duplicates in a row mean that the corpus has no more to say. */
const MAX_BARREN = 20_000;

/**
 * Writes training rows: suites first, in the order given, then generated messages. Streams throughout;
 * suites are checked before the first row is written, and `out` appears only when everything went well.
 *
 * @throws InputError for a bad suite line, the signal's reason on abort, or the file system's error.
 */
export async function buildDataset(options: DatasetOptions): Promise<DatasetSummary> {
  const reading = options.signal === undefined ? {} : { signal: options.signal };
  for (const suite of options.suites) await checkSuite(suite, reading);
  const writer = await RowWriter.open(options.out);
  try {
    const offer = offerTo(writer, options);
    for (const suite of options.suites) {
      for await (const record of readSuite(suite, reading)) await offer(suiteCase(record));
    }
    const missing = options.generate === null ? 0 : await generate(options.generate, offer);
    await writer.commit();
    return { ...writer.counts, missing };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Writes a case and tells whether it was new and within the quotas. */
type Offer = (labelled: LabelledCase, quotas?: CaseQuotas) => Promise<boolean>;

function offerTo(writer: RowWriter, { split, linesOf = plainLine, signal, onProgress }: DatasetOptions): Offer {
  let offered = 0;
  return async (labelled, quotas) => {
    if (++offered % PROGRESS_EVERY === 0) {
      onProgress?.(writer.counts);
      await new Promise((resolve) => setImmediate(resolve));
    }
    signal?.throwIfAborted();
    if (quotas?.admits(labelled.group) === false) return false;
    let isNew = false;
    for (const { row, text } of linesOf(labelled, split)) isNew = (await writer.add(row, text)) || isNew;
    if (isNew) quotas?.take(labelled.group);
    return isNew;
  };
}

async function generate(
  { environment, count, seed, phases, quotas }: NonNullable<DatasetOptions['generate']>,
  offer: Offer,
): Promise<number> {
  let left = count;
  let barren = 0;
  if (left === 0) return 0;
  for (const labelled of generatedCases(environment, { seed, phases })) {
    const isNew = await offer(labelled, quotas);
    barren = isNew ? 0 : barren + 1;
    if (isNew) left--;
    if (left === 0 || barren >= MAX_BARREN) break;
  }
  return left;
}
