import type { CostPreset } from '../../../contract/decisions.ts';
import type { DriftReport, EvaluatedSystem, SuiteInfo } from '../../../contract/evaluationReport.ts';
import type { EvaluationDetail, EvaluationSummary, KeptMistake } from '../../../contract/evaluations.ts';
import type { GatewayMessage } from '../../../contract/messages.ts';
import type { Outcome } from '../outcome.ts';

/** Everything about an evaluation but its outcomes, which the worker has. */
export interface FinishedRun {
  readonly head: Pick<EvaluationSummary, 'id' | 'startedAt' | 'finishedAt' | 'model'>;
  readonly suite: Pick<SuiteInfo, 'name' | 'sha256'>;
  readonly costPreset: CostPreset;
  /** In the order of the outcomes, the model first. */
  readonly systems: readonly EvaluatedSystem[];
  /** Undefined: the suite held no changed definition. */
  readonly drift: DriftReport | undefined;
  readonly mistakes: readonly KeptMistake[];
  readonly messages: readonly GatewayMessage[];
  /** File to write. */
  readonly path: string;
}

/** Work on the outcomes of an evaluation, which takes longer than a frame when they are many. */
export type FiguresJobs = {
  /** Keeps answers to further cases: one list for each system, the model's first. */
  readonly add: { readonly input: readonly (readonly Outcome[])[]; readonly output: undefined };
  /** Computes the report of all that was added, and writes the file. */
  readonly finish: { readonly input: FinishedRun; readonly output: EvaluationSummary };
  readonly read: { readonly input: string; readonly output: EvaluationDetail };
  /** The message of a mistake; null when it was not kept. */
  readonly message: { readonly input: { readonly path: string; readonly case: number }; readonly output: GatewayMessage | null };
};
