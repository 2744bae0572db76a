import type { CorpusId, CorpusItemKind } from '../../../contract/corpora.ts';

export type CorpusFormat = 'parquet' | 'jsonl';

/** Where the rows of a corpus lie: files of one format in one branch of its repository. */
export interface FileSet {
  /** Branch that is resolved to a commit once. */
  readonly branch: string;
  /** Folder to list; empty for the top. */
  readonly folder: string;
  /** Chooses the files, which are read in order of their paths. */
  readonly files: RegExp;
  readonly format: CorpusFormat;
}

export interface CorpusSource {
  readonly id: CorpusId;
  readonly name: string;
  readonly repository: string;
  readonly use: string;
  readonly licence: string;
  readonly attribution: string;
  /** The first one whose files can be streamed is used. */
  readonly fileSets: readonly FileSet[];
  /** Top-level columns that are read; any that is missing means that the schema has changed. */
  readonly columns: readonly string[];
  readonly itemKind: CorpusItemKind;
  /** A column of other content repeats itself; below this share of different texts the stream stops. */
  readonly leastUniqueShare: number;
}

export const CORPUS_SOURCES: { readonly [id in CorpusId]: CorpusSource } = {
  witfoo: {
    id: 'witfoo',
    name: 'WitFoo Precinct 6',
    repository: 'witfoo/precinct6-cybersecurity',
    use: 'Log lines of ordinary traffic, as results of log tools',
    licence: 'Apache-2.0',
    attribution: 'WitFoo, Inc.: Precinct 6 cybersecurity data set',
    fileSets: [
      { branch: 'main', folder: 'signals', files: /\.parquet$/, format: 'parquet' },
      // The Hub's own conversion has small row groups, for the case that the original cannot be read in parts.
      { branch: 'refs/convert/parquet', folder: 'signals', files: /\.parquet$/, format: 'parquet' },
    ],
    columns: ['message_sanitized', 'label_binary', 'matched_rules', 'product_name', 'message_type'],
    itemKind: 'log',
    leastUniqueShare: 0.05,
  },
  fenrir: {
    id: 'fenrir',
    name: 'Fenrir v2.1',
    repository: 'AlicanKiraz0/Cybersecurity-Dataset-Fenrir-v2.1',
    use: 'Security answers as harmless documents; payloads in their code as seeds of attacks',
    licence: 'Apache-2.0',
    attribution: 'Alican Kiraz: Cybersecurity Dataset Fenrir v2.1',
    fileSets: [
      { branch: 'main', folder: '', files: /\.jsonl$/, format: 'jsonl' },
      { branch: 'refs/convert/parquet', folder: 'default', files: /\.parquet$/, format: 'parquet' },
    ],
    columns: ['system', 'user', 'assistant'],
    itemKind: 'document',
    leastUniqueShare: 0.6,
  },
  nist: {
    id: 'nist',
    name: 'NIST publications',
    repository: 'ethanolivertroy/nist-cybersecurity-training',
    use: 'Controls that explain a verdict; standards text as harmless documents',
    licence: 'CC0-1.0',
    attribution: 'Ethan Troy: NIST cybersecurity training data, from publications of NIST',
    // The files under embeddings/ hold the same texts beside gigabytes of vectors.
    fileSets: [{ branch: 'main', folder: '', files: /^train\.jsonl$/, format: 'jsonl' }],
    columns: ['messages'],
    itemKind: 'control',
    leastUniqueShare: 0.4,
  },
};
