/** The environment engine's public face. Pure: no I/O, no clock, no randomness but its own. */
export { analyze } from './analysis/analyze.ts';
export type { Analysis } from './analysis/analysis.ts';
export { proposeRestrictions } from './analysis/restrictions.ts';
export { auditPolicies, type PhaseAudit, type PolicyAudit, type PolicyAuditReport } from './audit/auditPolicies.ts';
export type { MessagePool, ScenarioMessage } from './corpus/scenario.ts';
export { advanceCurriculum, initialCurriculum } from './environment/curriculum.ts';
export { DEFAULT_CONFIG } from './environment/defaults.ts';
export {
  counterfactual,
  criticQuestion,
  currentScenario,
  evaluate,
  observe,
  reveal,
  startEpisode,
  step,
  summarize,
  type CriticQuestion,
  type Environment,
  type StepResult,
} from './environment/environment.ts';
export { EnvironmentError, type EnvironmentErrorCode } from './environment/errors.ts';
export { observeMessage, type ObserveOptions } from './environment/observeMessage.ts';
export { record, replay, type RecordedEpisode, type RecordedStep, type Replay } from './environment/replay.ts';
export type { EpisodeState } from './environment/state.ts';
export { suiteRewards, type SuiteLabels } from './environment/suiteRewards.ts';
export { randomFrom, type Random } from './random/random.ts';
