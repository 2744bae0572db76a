import type { CurriculumState, EnvironmentConfig } from '../../contract/episodes.ts';
import { PHASES } from '../../contract/observation.ts';

/** Where every curriculum starts. */
export function initialCurriculum(_config: EnvironmentConfig): CurriculumState {
  return { phase: PHASES[0], average: 0, episodesInPhase: 0 };
}

/**
 * Takes one episode's score (0..1) in: average <- (1 - alpha) average + alpha score. The phase
 * moves on, one at a time and never back, once at least `minEpisodes` were played in it and the
 * average has reached the phase's threshold; the average is carried over.
 */
export function advanceCurriculum(config: EnvironmentConfig, state: CurriculumState, score: number): CurriculumState {
  const { alpha, thresholds, minEpisodes } = config.curriculum;
  const average = (1 - alpha) * state.average + alpha * score;
  const episodesInPhase = state.episodesInPhase + 1;
  const index = PHASES.indexOf(state.phase);
  const threshold = thresholds[index];
  const next = PHASES[index + 1];
  if (threshold !== undefined && next !== undefined && episodesInPhase >= minEpisodes && average >= threshold)
    return { phase: next, average, episodesInPhase: 0 };
  return { phase: state.phase, average, episodesInPhase };
}
