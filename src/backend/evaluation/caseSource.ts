import type { LabelledCase } from '../datasets/labelledCase.ts';

/** Where the cases of an evaluation come from. */
export interface CaseSource {
  /** File name without folders, or `bundled:` and the split. */
  readonly name: string;
  /** Hash of the file, or of the corpus the messages are generated from. */
  readonly sha256: string;
  /** Cases to expect at most. */
  readonly size: number;
  cases(): AsyncIterable<LabelledCase> | Iterable<LabelledCase>;
}
