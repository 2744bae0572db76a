import { createHash } from 'node:crypto';
import type { EpisodeId } from '../../contract/ids.ts';
import type { PerLane } from '../../contract/live.ts';
import type { DecidingModel } from './evidence.ts';

/** The episode that steps belong to. */
export interface EpisodeOrigin {
  readonly id: EpisodeId;
  /** Episodes with the same key play the same messages. */
  readonly family: string;
  readonly models: PerLane<DecidingModel>;
  /** Embedder of the critic's distance, `hashed` for the engine's own. */
  readonly embedder: string;
}

/** Episodes of one family are made of the same base stream; 16 hex digits. */
export function episodeFamily(seed: number, phase: string, split: string, corpusSha256: string): string {
  return createHash('sha256')
    .update(JSON.stringify([seed, phase, split, corpusSha256]))
    .digest('hex')
    .slice(0, 16);
}
