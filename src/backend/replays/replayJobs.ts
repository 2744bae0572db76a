import type { EpisodeId } from '../../contract/ids.ts';
import type { EpisodeImportReport, EpisodeLine, Resimulation } from '../../contract/replays.ts';
import type { Recording } from '../store/episodeStore.ts';

/** What the replay worker is given when it starts. */
export interface ReplayWorkerData {
  /** Null when there is no store on disk. */
  readonly databaseFile: string | null;
  readonly corpusDir: string;
}

/** Work on whole episodes that would hold up the event loop. */
export type ReplayJobs = {
  readonly resimulate: { readonly input: EpisodeId | Recording; readonly output: Pick<Resimulation, 'identical' | 'lanes'> };
  /** Lines of an episode file; ids without an episode are left out. */
  readonly export: { readonly input: readonly EpisodeId[]; readonly output: readonly EpisodeLine[] };
  /** An episode file by its path. */
  readonly import: { readonly input: string; readonly output: EpisodeImportReport };
};
