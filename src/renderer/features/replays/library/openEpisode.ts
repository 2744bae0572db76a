import type { EpisodeId } from '../../../../contract/ids.ts';
import { goToPlace, placeHref } from '../../../app/useRoute.ts';

export function openEpisode(id: EpisodeId): void {
  goToPlace(placeHref('replays', { path: [id] }));
}
