import { createHash } from 'node:crypto';
import { LANES, type Lane, type PerLane } from '../../contract/live.ts';
import type { LaneResimulation, Resimulation } from '../../contract/replays.ts';
import type { MessagePool } from '../../engine/corpus/scenario.ts';
import { firstDifference, type Difference } from '../../engine/environment/difference.ts';
import { summarize } from '../../engine/environment/environment.ts';
import { EnvironmentError } from '../../engine/environment/errors.ts';
import { observeMessage } from '../../engine/environment/observeMessage.ts';
import { replay, type RecordedStep } from '../../engine/environment/replay.ts';
import { answerOf } from '../comparison/laneEpisode.ts';
import type { Recording, StepRecord } from '../store/episodeStore.ts';

const SHOWN_CHARACTERS = 500;

/**
 * Plays the stored decisions again in the engine and compares everything that the episode led to, bit for bit: messages,
 * observations, budget, verdicts, rewards, the truth and the scores. No model is asked.
 */
export function resimulate(recording: Recording, pool: MessagePool): Pick<Resimulation, 'identical' | 'lanes'> {
  const lanes: PerLane<LaneResimulation> = {
    baseline: playLane(recording, 'baseline', pool),
    trained: playLane(recording, 'trained', pool),
  };
  return { identical: LANES.every((lane) => lanes[lane].ok), lanes };
}

function playLane(recording: Recording, lane: Lane, pool: MessagePool): LaneResimulation {
  const { episode } = recording;
  const records = recording.steps.filter(({ step }) => step.lane === lane);
  const diverged = (position: number, { field, expected, actual }: Difference): LaneResimulation => ({
    lane,
    ok: false,
    steps: records.length,
    position,
    field,
    stored: shown(expected),
    played: shown(actual),
  });
  const gap = records.findIndex(({ step }, index) => step.position !== index);
  if (gap !== -1) return diverged(gap, { field: 'position', expected: records[gap]?.step.position, actual: gap });
  const env = { config: episode.config, pool };
  try {
    const played = replay(env, {
      seed: episode.seed,
      phase: episode.phase,
      config: episode.config,
      corpusHash: episode.corpusSha256,
      actions: records.map(({ step, countedMs, embeddingDistance }) => answerOf(step.decision, countedMs, embeddingDistance)),
      steps: records.map(({ step: { message, budgetLeft, info } }) => ({ message, budgetLeft, info })),
    });
    if (!played.ok) return diverged(played.position, played);
    const observed = played.steps.map(withObservation);
    for (const [position, step] of observed.entries()) {
      const difference = firstDifference(observationOf(records[position]), observationOf({ step }));
      if (difference !== null) return diverged(position, difference);
    }
    const score = recording.finishedAt === null ? null : recording.scores[lane];
    const again = summarize(env, played.state).score;
    if (score !== null && !Object.is(score, again)) return diverged(records.length, { field: 'score', expected: score, actual: again });
    return { lane, ok: true, steps: records.length, sha256: createHash('sha256').update(JSON.stringify(observed)).digest('hex') };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return diverged(-1, { field: error.field ?? 'episode', expected: undefined, actual: error.message });
  }
}

type Observed = Pick<StepRecord['step'], 'normalizedText' | 'hints' | 'layers'>;

function withObservation(step: RecordedStep): RecordedStep & Observed {
  const { normalizedText, hints, layers } = observeMessage(step.message);
  return { ...step, normalizedText, hints, layers };
}

function observationOf(record: { readonly step: Observed } | undefined): Observed | undefined {
  if (record === undefined) return undefined;
  const { normalizedText, hints, layers } = record.step;
  return { normalizedText, hints, layers };
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN_CHARACTERS);
}
