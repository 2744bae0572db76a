import { LANES, type Lane, type LiveEvent, type PerLane } from '../../contract/live.ts';
import type { ReplayEvents } from '../../contract/replays.ts';
import { TotalsCounter } from '../comparison/totals.ts';
import type { Recording, StepRecord } from '../store/episodeStore.ts';
import type { StepMark } from '../store/episodeLibrary.ts';

/** An episode as its events are made from: marks of all steps, the steps themselves only where they are wanted. */
export interface EventSource {
  readonly episode: Recording['episode'];
  readonly finishedAt: string | null;
  readonly scores: PerLane<number | null>;
  /** By position, baseline first. */
  readonly marks: readonly StepMark[];
  /** Steps of the positions `from` (included) to `to` (not included). */
  readonly steps: (from: number, to: number) => readonly StepRecord[];
}

/**
 * The events of a stored episode as the live view received them, so that both fold the same way, numbered from 1.
 * @param from first position; the event that starts the episode comes with position 0
 * @param limit positions, > 0
 */
export function replayEvents(source: EventSource, from: number, limit: number): ReplayEvents {
  const { episode, marks } = source;
  const to = from + limit;
  const records = source.steps(from, to);
  const steps = new Map(records.map(({ step }) => [stepKey(step), step]));
  const counters: PerLane<TotalsCounter> = { baseline: new TotalsCounter(), trained: new TotalsCounter() };
  const events: LiveEvent[] = [];
  const walk = walkEpisode(source);
  for (const { seq, position, event } of walk) {
    const wanted = position >= from && position < to;
    if (event.type === 'started' && wanted) {
      const { id, seed, curriculum } = episode;
      events.push({ type: 'episode_started', seq, episodeId: id, index: 0, seed, curriculum });
    } else if (event.type === 'step') {
      const counter = counters[event.mark.lane];
      const { action, decisionMs, verdict, reward } = event.mark;
      counter.add({ decision: { action, decisionMs }, info: { verdict, reward: { total: reward } } });
      const step = steps.get(stepKey(event.mark));
      if (step !== undefined) events.push({ type: 'step', seq, step, totals: counter.snapshot() });
    } else if (event.type === 'waiting' && wanted) {
      events.push({ type: 'lane_waiting', seq, lane: event.lane, episodeId: episode.id, reason: event.reason });
    } else if (event.type === 'finished' && wanted) {
      events.push({ type: 'episode_finished', seq, episodeId: episode.id, scores: event.scores });
    }
  }
  const last = marks.at(-1)?.position ?? 0;
  return {
    events,
    timings: records.map(({ step, countedMs, embeddingDistance }) => ({
      lane: step.lane,
      position: step.position,
      countedMs,
      embeddingDistance,
    })),
    next: to > last ? null : to,
  };
}

/** Events of the whole episode. */
export function countEvents(source: EventSource): number {
  return walkEpisode(source).length;
}

interface Walked {
  readonly seq: number;
  /** The event belongs to the range with this position. */
  readonly position: number;
  readonly event:
    | { readonly type: 'started' }
    | { readonly type: 'step'; readonly mark: StepMark }
    | { readonly type: 'waiting'; readonly lane: Lane; readonly reason: 'breach' | 'finished' }
    | { readonly type: 'finished'; readonly scores: PerLane<number> };
}

/** What happened, in the order in which a comparison tells it. */
function walkEpisode({ episode, finishedAt, scores, marks }: EventSource): readonly Walked[] {
  const walked: Walked[] = [];
  const add = (position: number, event: Walked['event']): void => {
    walked.push({ seq: walked.length + 1, position, event });
  };
  const ended = new Map<Lane, 'breach' | 'finished'>();
  add(0, { type: 'started' });
  for (const [index, mark] of marks.entries()) {
    const { lane, position, verdict } = mark;
    add(position, { type: 'step', mark });
    if (verdict === 'FN') ended.set(lane, 'breach');
    else if (position + 1 >= episode.config.episodeLength) ended.set(lane, 'finished');
    if (marks[index + 1]?.position === position || ended.size === LANES.length) continue;
    for (const played of LANES) {
      const reason = ended.get(played);
      const playedHere = marks[index]?.lane === played || (marks[index - 1]?.lane === played && marks[index - 1]?.position === position);
      if (reason !== undefined && playedHere) add(position, { type: 'waiting', lane: played, reason });
    }
  }
  if (finishedAt !== null) {
    add(marks.at(-1)?.position ?? 0, { type: 'finished', scores: { baseline: scores.baseline ?? 0, trained: scores.trained ?? 0 } });
  }
  return walked;
}

function stepKey({ lane, position }: { readonly lane: Lane; readonly position: number }): string {
  return `${position} ${lane}`;
}

/** What a recording in memory offers; one on disk reads its marks from the columns. */
export function marksOf(recording: Recording): readonly StepMark[] {
  return recording.steps.map(({ step: { lane, position, decision, info } }) => ({
    lane,
    position,
    action: decision.action,
    verdict: info.verdict,
    reward: info.reward.total,
    decisionMs: decision.decisionMs,
    malicious: info.truth.malicious,
    vector: info.truth.vector,
    ticks: info.ticks,
  }));
}
