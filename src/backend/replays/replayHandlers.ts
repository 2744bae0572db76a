import { implement } from '@orpc/server';
import { replayProcedures } from '../../contract/replayProcedures.ts';
import type { ReplayService } from './replayService.ts';

/** The part of the contract that is about replays. */
export function replayHandlers(replays: ReplayService) {
  const os = implement(replayProcedures);
  return {
    list: os.list.handler(({ input, signal }) => replays.list(input, signal)),
    facets: os.facets.handler(({ signal }) => replays.facets(signal)),
    pin: os.pin.handler(({ input }) => replays.library().pin(input.ids, input.pinned)),
    addTag: os.addTag.handler(({ input }) => replays.library().addTag(input.ids, input.tag)),
    removeTag: os.removeTag.handler(({ input }) => replays.library().removeTag(input.ids, input.tag)),
    delete: os.delete.handler(({ input }) => replays.library().delete(input.ids)),
    restore: os.restore.handler(({ input }) => replays.library().restore(input.ids)),
    episode: os.episode.handler(({ input }) => replays.episode(input.id)),
    events: os.events.handler(({ input }) => replays.events(input.id, input.from, input.limit)),
    addBookmark: os.addBookmark.handler(({ input: { id, position, note } }) => {
      const library = replays.library();
      library.addBookmark(id, position, note);
      return library.bookmarks(id);
    }),
    editBookmark: os.editBookmark.handler(({ input: { id, bookmark, note } }) => {
      const library = replays.library();
      library.editBookmark(id, bookmark, note);
      return library.bookmarks(id);
    }),
    removeBookmark: os.removeBookmark.handler(({ input: { id, bookmark } }) => {
      const library = replays.library();
      library.removeBookmark(id, bookmark);
      return library.bookmarks(id);
    }),
    resimulate: os.resimulate.handler(({ input }) => replays.resimulate(input.id)),
    exportLines: os.exportLines.handler(({ input }) => replays.exportLines(input.ids)),
    importBegin: os.importBegin.handler(() => replays.importBegin()),
    importWrite: os.importWrite.handler(({ input }) => replays.importWrite(input.import, input.data)),
    importFinish: os.importFinish.handler(({ input }) => replays.importFinish(input.import)),
    importCancel: os.importCancel.handler(({ input }) => replays.importCancel(input.import)),
  };
}
