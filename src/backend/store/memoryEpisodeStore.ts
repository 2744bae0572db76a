import type { EpisodeId } from '../../contract/ids.ts';
import type { Lane, PerLane, StoredEpisode } from '../../contract/live.ts';
import type { EpisodePage, EpisodeRecord, EpisodeStore, Recording, StepRecord, StoreStatus } from './episodeStore.ts';

interface KeptEpisode {
  readonly episode: EpisodeRecord;
  readonly steps: StepRecord[];
  finishedAt: string | null;
  scores: PerLane<number | null>;
}

/** Episodes in memory, the oldest dropped first; what the app falls back to when the disk cannot be written. */
export class MemoryEpisodeStore implements EpisodeStore {
  private readonly episodes = new Map<EpisodeId, KeptEpisode>();
  private readonly capacity: number;

  /** @param capacity episodes kept, at least 1 */
  constructor(capacity = 100) {
    this.capacity = capacity;
  }

  begin(episode: EpisodeRecord): void {
    this.episodes.set(episode.id, { episode, steps: [], finishedAt: null, scores: { baseline: null, trained: null } });
    for (const id of this.episodes.keys()) {
      if (this.episodes.size <= this.capacity) return;
      this.episodes.delete(id);
    }
  }

  append(record: StepRecord): void {
    this.episodes.get(record.step.episodeId)?.steps.push(record);
  }

  finish(id: EpisodeId, finishedAt: string, scores: PerLane<number>): void {
    const kept = this.episodes.get(id);
    if (kept === undefined) return;
    kept.finishedAt = finishedAt;
    kept.scores = scores;
  }

  /** Forgets one episode, because it is safe elsewhere. */
  drop(id: EpisodeId): void {
    this.episodes.delete(id);
  }

  has(id: EpisodeId): boolean {
    return this.episodes.has(id);
  }

  list(page: EpisodePage): readonly StoredEpisode[] {
    const newestFirst = [...this.episodes.values()].reverse();
    const start = page.before === undefined ? 0 : newestFirst.findIndex(({ episode }) => episode.id === page.before) + 1;
    return newestFirst.slice(start, start + page.limit).map(storedEpisode);
  }

  recording(id: EpisodeId): Recording | null {
    const kept = this.episodes.get(id);
    if (kept === undefined) return null;
    const steps = kept.steps.toSorted((a, b) => a.step.position - b.step.position || a.step.lane.localeCompare(b.step.lane));
    return { episode: kept.episode, finishedAt: kept.finishedAt, scores: kept.scores, steps };
  }

  status(): StoreStatus {
    const steps = [...this.episodes.values()].reduce((sum, kept) => sum + kept.steps.length, 0);
    return { episodes: this.episodes.size, steps, bytes: 0, writable: true, problem: null };
  }

  close(): void {
    this.episodes.clear();
  }
}

function storedEpisode({ episode, steps, finishedAt }: KeptEpisode): StoredEpisode {
  const ofLane = (lane: Lane) => steps.filter(({ step }) => step.lane === lane);
  const reward = (lane: Lane) => ofLane(lane).reduce((sum, { step }) => sum + step.info.reward.total, 0);
  const breached = (lane: Lane) => ofLane(lane).some(({ step }) => step.info.verdict === 'FN');
  return {
    id: episode.id,
    startedAt: episode.startedAt,
    finishedAt,
    seed: episode.seed,
    phase: episode.phase,
    split: episode.config.split,
    models: { baseline: episode.models.baseline.id, trained: episode.models.trained.id },
    reward: { baseline: reward('baseline'), trained: reward('trained') },
    breached: { baseline: breached('baseline'), trained: breached('trained') },
  };
}
