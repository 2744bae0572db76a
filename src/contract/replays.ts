import { z } from 'zod';
import type { Action } from './actions.ts';
import type { CurriculumState, EnvironmentConfig, Verdict } from './episodes.ts';
import { episodeIdSchema, modelIdSchema, type EpisodeId, type ModelId, type Sha256 } from './ids.ts';
import type { Lane, LiveEvent, PerLane } from './live.ts';
import type { Phase } from './observation.ts';
import { phaseSchema } from './schemas.ts';

/** What became of an episode; `clean` is one without a breach and without a false alarm in either lane. */
export const OUTCOMES = [
  'any',
  'breach',
  'trained_breach',
  'baseline_breach_only',
  'false_alarm',
  'trained_false_alarm',
  'clean',
  'unfinished',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `stored`: by when the episode came into the store, which for an imported one is the import. */
export const LIBRARY_SORTS = ['stored', 'reward_gap', 'trained_reward', 'baseline_reward', 'disagreements', 'messages'] as const;
export type LibrarySort = (typeof LIBRARY_SORTS)[number];

/** A tag as people type it; the store compares tags exactly. */
export const tagSchema = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^[^\p{Cc}\p{Cs},]+$/u, 'A tag holds no commas and no control characters.');

/** What the library shows; what is absent or empty does not restrict. */
export const libraryFilterSchema = z.strictObject({
  /** Beginnings of words: ids, seeds, servers, tools, vectors, models, tags, notes of bookmarks. */
  search: z.string().max(200).default(''),
  outcome: z.enum(OUTCOMES).default('any'),
  /** Episodes with a message of any of these vectors. */
  vectors: z.array(z.string().max(100)).max(50).default([]),
  /** Of either lane. */
  model: modelIdSchema.nullable().default(null),
  phase: phaseSchema.nullable().default(null),
  /** Whether the lanes chose different actions on some message. */
  disagreement: z.enum(['any', 'some', 'none']).default('any'),
  tag: z.string().max(40).nullable().default(null),
  pinned: z.boolean().default(false),
  /** The deleted episodes instead of the others. */
  deleted: z.boolean().default(false),
});
export type LibraryFilter = z.infer<typeof libraryFilterSchema>;

/** Keyset cursor: where the page before ended. Pinned episodes come first in every order. */
export const libraryCursorSchema = z.strictObject({ pinned: z.boolean(), value: z.number(), id: episodeIdSchema });
export type LibraryCursor = z.infer<typeof libraryCursorSchema>;

export const libraryQuerySchema = z.strictObject({
  filter: libraryFilterSchema.prefault({}),
  sort: z.enum(LIBRARY_SORTS).default('stored'),
  descending: z.boolean().default(true),
  after: libraryCursorSchema.nullable().default(null),
  limit: z.int().min(1).max(1_000).default(100),
});
export type LibraryQuery = z.infer<typeof libraryQuerySchema>;

/** One row of the library. */
export interface LibraryEpisode {
  readonly id: EpisodeId;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly seed: number;
  readonly phase: Phase;
  readonly split: string;
  readonly models: PerLane<ModelId>;
  /** Messages played by at least one lane. */
  readonly messages: number;
  readonly reward: PerLane<number>;
  readonly breached: PerLane<boolean>;
  readonly falseAlarms: PerLane<number>;
  /** Messages on which the lanes chose different actions. */
  readonly disagreements: number;
  /** Malicious messages. */
  readonly attacks: number;
  /** Sorted; ordinary traffic is not named. */
  readonly vectors: readonly string[];
  readonly pinned: boolean;
  readonly tags: readonly string[];
  readonly bookmarks: number;
  readonly imported: boolean;
  readonly deletedAt: string | null;
}

export interface LibraryPage {
  readonly episodes: readonly LibraryEpisode[];
  /** Null on the last page. */
  readonly next: LibraryCursor | null;
  /** Episodes that match; counted for the first page only, null on the others. */
  readonly matching: number | null;
}

/** What can be chosen in the filters. */
export interface LibraryFacets {
  readonly vectors: readonly string[];
  readonly models: readonly ModelId[];
  readonly tags: readonly string[];
  /** Episodes that are not deleted, and deleted ones. */
  readonly episodes: number;
  readonly deleted: number;
}

/** A place in an episode that someone marked. */
export interface Bookmark {
  readonly id: number;
  readonly position: number;
  readonly note: string;
  readonly createdAt: string;
}

/** What the scrub bar needs of one step. */
export interface ReplayMark {
  readonly lane: Lane;
  readonly position: number;
  readonly action: Action;
  readonly verdict: Verdict;
  readonly reward: number;
  readonly malicious: boolean;
  readonly vector: string;
  /** Ticks of the latency budget that the step took. */
  readonly ticks: number;
}

/** All of a stored episode but its steps. */
export interface ReplayEpisode {
  readonly summary: LibraryEpisode;
  readonly curriculum: CurriculumState;
  readonly config: EnvironmentConfig;
  readonly corpusSha256: string;
  /** Of the corpus at hand, for comparison. */
  readonly corpusHere: string;
  readonly modelSha256: PerLane<Sha256>;
  /** Null until the episode has ended. */
  readonly scores: PerLane<number | null>;
  /** By position, baseline first. */
  readonly marks: readonly ReplayMark[];
  readonly bookmarks: readonly Bookmark[];
  /** Events that `replays.events` gives in all. */
  readonly events: number;
}

/** What the environment was told beside a decision. */
export interface StepTiming {
  readonly lane: Lane;
  readonly position: number;
  /** Decision time that counted against the deadline, milliseconds; null: none was counted. */
  readonly countedMs: number | null;
  /** Distance from a model embedder; null: the engine's own was used. */
  readonly embeddingDistance: number | null;
}

/** Events of a range of positions, numbered from 1 within the episode. */
export interface ReplayEvents {
  readonly events: readonly LiveEvent[];
  readonly timings: readonly StepTiming[];
  /** First position of the next range; null at the end. */
  readonly next: number | null;
}

export type LaneResimulation =
  | {
      readonly lane: Lane;
      readonly ok: true;
      readonly steps: number;
      /** Of all that was compared, as stored and as played again: equal. */
      readonly sha256: string;
    }
  | {
      readonly lane: Lane;
      readonly ok: false;
      readonly steps: number;
      /** First step that differs; -1 when the premises of the episode do. */
      readonly position: number;
      /** Dotted path, e.g. `info.reward.total`. */
      readonly field: string;
      /** JSON text, cut to 500 characters. */
      readonly stored: string;
      readonly played: string;
    };

/** The stored episode against the engine playing the stored decisions again. */
export interface Resimulation {
  readonly identical: boolean;
  readonly lanes: PerLane<LaneResimulation>;
  readonly milliseconds: number;
  /** Version of OmniGuard that played it again. */
  readonly version: string;
}

/** One episode as a line of an episode file, without the line break. */
export interface EpisodeLine {
  readonly text: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface EpisodeImportReport {
  readonly imported: number;
  /** Episodes that were here already, the same bit for bit. */
  readonly known: number;
  /** Episodes whose id names another episode here; nothing was overwritten. */
  readonly conflicts: readonly EpisodeId[];
}

const ids = z.array(episodeIdSchema).min(1).max(1_000);
const position = z.int().min(0).max(32_767);
const note = z.string().max(500);
const importId = z.string().regex(/^im-[0-9a-f]{16}$/);

export const replayInputs = {
  ofEpisode: z.strictObject({ id: episodeIdSchema }),
  events: z.strictObject({ id: episodeIdSchema, from: position.default(0), limit: z.int().min(1).max(64).default(64) }),
  pin: z.strictObject({ ids, pinned: z.boolean() }),
  tag: z.strictObject({ ids, tag: tagSchema }),
  ofEpisodes: z.strictObject({ ids }),
  addBookmark: z.strictObject({ id: episodeIdSchema, position, note }),
  ofBookmark: z.strictObject({ id: episodeIdSchema, bookmark: z.int().min(1) }),
  editBookmark: z.strictObject({ id: episodeIdSchema, bookmark: z.int().min(1), note }),
  exportLines: z.strictObject({ ids: z.array(episodeIdSchema).min(1).max(20) }),
  importWrite: z.strictObject({ import: importId, data: z.base64().max(200_000) }),
  ofImport: z.strictObject({ import: importId }),
} as const;
