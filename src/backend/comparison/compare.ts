import { LANES, type CompareReport, type Lane, type LiveScope, type PerLane } from '../../contract/live.ts';
import type { EpisodeId } from '../../contract/ids.ts';
import type { ModelEntry } from '../../contract/models.ts';
import type { Environment } from '../../engine/environment/environment.ts';
import type { Defender } from '../inference/defender.ts';
import type { Embedder } from '../inference/embedder.ts';
import type { EpisodeWriter } from '../store/episodeStore.ts';
import { createComparison } from './comparison.ts';

export interface CompareOptions {
  readonly environment: Environment;
  readonly defenders: PerLane<Defender>;
  readonly embedder?: Embedder | null;
  readonly scope: Pick<LiveScope, 'seed' | 'phase' | 'costPreset'>;
  /** At least 1. */
  readonly episodes: number;
  readonly store: EpisodeWriter | null;
  /** Where a model's file lies. */
  readonly path: (entry: ModelEntry) => string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly episodes: number; readonly steps: number }) => void;
}

/**
 * Plays a number of whole episodes with both models. Decision times are measured but cost no ticks, so that
 * equal seeds give equal actions and rewards on any machine.
 * @throws the signal's reason when it aborts; what `Comparison.advance` throws
 */
export async function compare(options: CompareOptions): Promise<CompareReport> {
  const { environment, defenders, scope, store, embedder = null, signal } = options;
  const comparison = createComparison({ environment, defenders, scope, store, embedder, timed: false });
  const episodeIds: EpisodeId[] = [];
  while (episodeIds.length < options.episodes) {
    signal?.throwIfAborted();
    for (const event of await comparison.advance(signal)) if (event.type === 'episode_finished') episodeIds.push(event.episodeId);
    const steps = LANES.reduce((sum, lane) => sum + comparison.totals(lane).steps, 0);
    options.onProgress?.({ episodes: episodeIds.length, steps });
    // Models may answer without giving up the thread; signals and timers need a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const lane = (name: Lane): CompareReport['lanes'][Lane] => {
    const totals = comparison.totals(name);
    const { entry } = defenders[name];
    return {
      model: { id: entry.id, path: options.path(entry), sha256: entry.sha256 },
      meanReward: totals.reward / totals.steps,
      ...totals,
    };
  };
  const lanes = { baseline: lane('baseline'), trained: lane('trained') };
  return {
    seed: scope.seed,
    episodes: episodeIds.length,
    lanes,
    rewardGap: lanes.trained.meanReward - lanes.baseline.meanReward,
    episodeIds,
  };
}
