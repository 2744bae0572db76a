import type { Migration } from '../migrate.ts';
import { episodes } from './0001-episodes.ts';

/** All migrations, oldest first, versions 1, 2, 3 … without gaps. A published one is never edited. */
export const MIGRATIONS: readonly Migration[] = [episodes];
