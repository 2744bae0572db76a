import { episodeIdSchema } from '../../../contract/ids.ts';
import { LANES } from '../../../contract/live.ts';
import { usePlace } from '../../app/useRoute.ts';
import { Empty } from '../../widgets/Notice.tsx';
import { LibraryPage } from './library/LibraryPage.tsx';
import { PlayerPage } from './player/PlayerPage.tsx';

/** The library, or the player when the address names an episode: `#/replays/ep-…?at=12&lane=trained`. */
export function ReplaysPage() {
  const { path, query } = usePlace();
  const [name] = path;
  if (name === undefined) return <LibraryPage />;
  const id = episodeIdSchema.safeParse(name);
  if (!id.success) {
    return (
      <Empty title="This is no episode’s address">
        <a href="#/replays">Open the library</a>
      </Empty>
    );
  }
  const at = query.get('at');
  const lane = LANES.find((value) => value === query.get('lane')) ?? 'trained';
  return <PlayerPage key={id.data} id={id.data} at={at !== null && /^\d{1,5}$/.test(at) ? Number(at) : null} lane={lane} />;
}
