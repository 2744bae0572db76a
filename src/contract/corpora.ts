import { z } from 'zod';
import type { GatewayMessage } from './messages.ts';

/** The corpora streamed from the Hugging Face Hub: benign logs, seeds of attacks, control references. */
export const CORPUS_IDS = ['witfoo', 'fenrir', 'nist'] as const;
export const corpusIdSchema = z.enum(CORPUS_IDS);
export type CorpusId = z.infer<typeof corpusIdSchema>;

/** What can go wrong with a streamed corpus. */
export const CORPUS_PROBLEM_CODES = [
  'network_missing',
  'gated',
  'rate_limited',
  'not_found',
  'server_failed',
  'range_refused',
  'file_changed',
  'file_corrupt',
  'schema_changed',
  'not_cached',
  'disk_full',
  'disk_failed',
  'busy',
  'cancelled',
] as const;
export type CorpusProblemCode = (typeof CORPUS_PROBLEM_CODES)[number];

export interface CorpusProblem {
  readonly code: CorpusProblemCode;
  /** One sentence that says what to do. */
  readonly message: string;
}

/**
 * `idle`: nothing streamed yet; `paused`: stopped with its place kept; `done`: the rows wanted or all rows there are
 * have been streamed.
 */
export type CorpusState = 'idle' | 'connecting' | 'streaming' | 'paused' | 'done' | 'failed';

/** A text of the corpus as it becomes content of messages. */
export type CorpusItemKind = 'log' | 'document' | 'control';

export interface CorpusStatus {
  readonly id: CorpusId;
  readonly name: string;
  /** Repository on the Hub, `owner/name`. */
  readonly repository: string;
  /** What its rows are used for, in words. */
  readonly use: string;
  readonly licence: string;
  readonly attribution: string;
  readonly state: CorpusState;
  /** Commit the corpus is pinned to; null before the first contact. */
  readonly revision: string | null;
  /** The Hub could not be reached and rows come from the disk cache alone. */
  readonly offline: boolean;
  /** Rows read so far, used and left out together. */
  readonly rows: number;
  /** Rows that became content. */
  readonly used: number;
  /** Rows left out, by reason. */
  readonly skipped: { readonly [reason: string]: number };
  /** Rows wanted in this run; null: all. */
  readonly wanted: number | null;
  /** Rows of the whole corpus; null while unknown, as for JSON lines. */
  readonly totalRows: number | null;
  /** Bytes of the files behind the rows read, and of all files; null while unknown. */
  readonly bytes: { readonly read: number; readonly total: number | null };
  /** Rows a second over the last seconds; 0 when nothing moves. */
  readonly rowsPerSecond: number;
  /** Rows parsed and waiting for their turn; a full queue halts the download. */
  readonly queue: { readonly depth: number; readonly capacity: number };
  /** Of the texts looked at, the share that is different from all before; null before the first. */
  readonly uniqueShare: number | null;
  /** Attempts repeated after a failure of the network or the Hub, in this run. */
  readonly retries: number;
  readonly cache: { readonly bytes: number; readonly parts: number };
  readonly problem: CorpusProblem | null;
}

/** Shares 0..1 of the rows of a training set; they sum to 1. */
export const MIX_SOURCES = ['generated', ...CORPUS_IDS] as const;
export type MixSource = (typeof MIX_SOURCES)[number];
export type MixShares = { readonly [S in MixSource]: number };

const share = z.number().min(0).max(1);

export const corpusMixSchema = z.strictObject({
  version: z.literal(1),
  shares: z
    .strictObject({ generated: share, witfoo: share, fenrir: share, nist: share })
    .refine((shares) => Object.values(shares).some((value) => value > 0), 'at least one share must be above 0'),
  /** Rows read of each streamed corpus at most. */
  rows: z.int().min(100).max(200_000).default(20_000),
});
export type CorpusMix = z.infer<typeof corpusMixSchema>;

export const DEFAULT_MIX: CorpusMix = { version: 1, shares: { generated: 1, witfoo: 0, fenrir: 0, nist: 0 }, rows: 20_000 };

/** The shares divided by their sum. */
export function normalisedShares(shares: MixShares): MixShares {
  const sum = MIX_SOURCES.reduce((total, source) => total + shares[source], 0);
  return Object.fromEntries(MIX_SOURCES.map((source) => [source, sum === 0 ? 0 : shares[source] / sum])) as MixShares;
}

/** Bytes that the disk cache may be told to keep within. */
export const CACHE_LIMITS = { least: 50e6, most: 1e12 } as const;
export const cacheLimitSchema = z.strictObject({ limit: z.int().min(CACHE_LIMITS.least).max(CACHE_LIMITS.most) });

/** The disk cache of all streamed corpora; what each holds stands with the corpus. */
export interface CacheStatus {
  readonly bytes: number;
  readonly limit: number;
  /** Removed to make room since the application opened the cache, least recently used first. */
  readonly evicted: { readonly bytes: number; readonly parts: number };
}

export interface CorporaSnapshot {
  readonly corpora: readonly CorpusStatus[];
  readonly mix: CorpusMix;
  readonly cache: CacheStatus;
  readonly hub: { readonly url: string; readonly hasToken: boolean };
}

/** A row as it is used: the message it became, and the text of the row in it. */
export interface CorpusSample {
  readonly id: CorpusId;
  /** Row number in the corpus, from 0. */
  readonly row: number;
  readonly kind: CorpusItemKind;
  readonly text: string;
  readonly message: GatewayMessage;
  /** Payloads mined from the row's code spans, with the list of attacks they go to. */
  readonly seeds: readonly { readonly family: string; readonly value: string }[];
}

/** A security control that speaks of what a message does. It explains a verdict and never changes one. */
export interface ControlReference {
  /** NIST SP 800-53 identifier such as `AC-6` or `SI-10(3)`. */
  readonly control: string;
  readonly title: string;
  /** Publication the excerpt is taken from; empty when the row names none. */
  readonly publication: string;
  readonly excerpt: string;
  /** Relevance by BM25, > 0; comparable within one answer only. */
  readonly score: number;
}

export const startCorpusSchema = z.strictObject({
  id: corpusIdSchema,
  /** Rows to stream in all, those of earlier runs included; absent: all. */
  rows: z.int().min(1).max(100_000_000).optional(),
});
export type StartCorpus = z.infer<typeof startCorpusSchema>;
