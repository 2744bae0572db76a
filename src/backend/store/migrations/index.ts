import type { Migration } from '../migrate.ts';
import { episodes } from './0001-episodes.ts';
import { episodeLibrary } from './0002-episode-library.ts';
import { review } from './0003-review.ts';

/** All migrations, oldest first, versions 1, 2, 3 … without gaps. A published one is never edited. */
export const MIGRATIONS: readonly Migration[] = [episodes, episodeLibrary, review];
