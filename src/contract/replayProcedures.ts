import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import {
  libraryQuerySchema,
  replayInputs,
  type Bookmark,
  type EpisodeImportReport,
  type EpisodeLine,
  type LibraryFacets,
  type LibraryPage,
  type ReplayEpisode,
  type ReplayEvents,
  type Resimulation,
} from './replays.ts';

const base = oc.errors({
  INVALID_STATE: { message: 'Not possible in the present state.' },
  STORE_UNAVAILABLE: { message: 'The episode store is not available.' },
  NOT_FOUND: { message: 'Not found.' },
  UNREADABLE: { message: 'The file cannot be read.' },
});

/** The library of stored episodes and what the player needs of one. */
export const replayProcedures = {
  list: base.input(libraryQuerySchema).output(type<LibraryPage>()),
  facets: base.output(type<LibraryFacets>()),
  pin: base.input(replayInputs.pin).output(z.void()),
  addTag: base.input(replayInputs.tag).output(z.void()),
  removeTag: base.input(replayInputs.tag).output(z.void()),
  /** Out of the library; `restore` brings the episodes back for 30 days. */
  delete: base.input(replayInputs.ofEpisodes).output(z.void()),
  restore: base.input(replayInputs.ofEpisodes).output(z.void()),
  episode: base.input(replayInputs.ofEpisode).output(type<ReplayEpisode>()),
  events: base.input(replayInputs.events).output(type<ReplayEvents>()),
  /** Each answers with all bookmarks of the episode. */
  addBookmark: base.input(replayInputs.addBookmark).output(type<readonly Bookmark[]>()),
  editBookmark: base.input(replayInputs.editBookmark).output(type<readonly Bookmark[]>()),
  removeBookmark: base.input(replayInputs.ofBookmark).output(type<readonly Bookmark[]>()),
  /** Plays the stored decisions again in the engine and compares everything. */
  resimulate: base.input(replayInputs.ofEpisode).output(type<Resimulation>()),
  /** Lines of an episode file; see `episodeFile.ts`. */
  exportLines: base.input(replayInputs.exportLines).output(type<readonly EpisodeLine[]>()),
  /** Begins a file that comes in pieces. */
  importBegin: base.output(type<{ readonly import: string }>()),
  importWrite: base.input(replayInputs.importWrite).output(z.void()),
  /** Checks the whole file, then takes its episodes in; UNREADABLE changes nothing. */
  importFinish: base.input(replayInputs.ofImport).output(type<EpisodeImportReport>()),
  importCancel: base.input(replayInputs.ofImport).output(z.void()),
} as const;
