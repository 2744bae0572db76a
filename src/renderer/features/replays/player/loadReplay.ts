import type { EpisodeId } from '../../../../contract/ids.ts';
import type { LiveEvent } from '../../../../contract/live.ts';
import type { StepTiming } from '../../../../contract/replays.ts';
import type { StepLabel } from '../../../../contract/review.ts';
import type { BackendClient } from '../../../platform/platform.ts';
import { createTimeline, type Timeline } from './timeline.ts';

export interface LoadedReplay {
  readonly timeline: Timeline;
  readonly labels: readonly StepLabel[];
}

/** Reads a whole episode, range by range. @throws what the calls throw */
export async function loadReplay(client: BackendClient, id: EpisodeId, signal: AbortSignal): Promise<LoadedReplay> {
  const episode = await client.replays.episode({ id }, { signal });
  const events: LiveEvent[] = [];
  const timings: StepTiming[] = [];
  for (let from: number | null = 0; from !== null;) {
    const range: Awaited<ReturnType<BackendClient['replays']['events']>> = await client.replays.events({ id, from }, { signal });
    events.push(...range.events);
    timings.push(...range.timings);
    from = range.next;
  }
  // An episode plays without its labels, for instance when there is no review queue on disk.
  const labels = await client.review.labelsOf({ episodeId: id }, { signal }).catch(() => []);
  return { timeline: createTimeline(episode, events, timings), labels };
}
