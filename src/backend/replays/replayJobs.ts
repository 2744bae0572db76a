import type { EpisodeId } from '../../contract/ids.ts';
import type { EpisodeImportReport, EpisodeLine, Resimulation } from '../../contract/replays.ts';
import type { Recording } from '../store/episodeStore.ts';

/** What the replay worker is given when it starts. */
export interface ReplayWorkerData {
  /** Null when there is no store on disk. */
  readonly databaseFile: string | null;
  readonly corpusDir: string;
}

/** Work that would hold up the event loop. */
export type ReplayJob =
  | { readonly type: 'resimulate'; readonly episode: EpisodeId | Recording }
  | { readonly type: 'export'; readonly ids: readonly EpisodeId[] }
  | { readonly type: 'import'; readonly file: string };

export interface ReplayResults {
  readonly resimulate: Pick<Resimulation, 'identical' | 'lanes'>;
  readonly export: readonly EpisodeLine[];
  readonly import: EpisodeImportReport;
}

export interface JobRequest {
  readonly number: number;
  readonly job: ReplayJob;
}

export type JobReply =
  | { readonly number: number; readonly ok: true; readonly value: ReplayResults[ReplayJob['type']] }
  | {
      readonly number: number;
      readonly ok: false;
      /** Null: the failure has no sentence for people. */
      readonly code: 'NOT_FOUND' | 'UNREADABLE' | 'INVALID_STATE' | 'STORE_UNAVAILABLE' | null;
      readonly message: string;
    };
