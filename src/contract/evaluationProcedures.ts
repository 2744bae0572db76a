import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import {
  evaluationInputs,
  type EvaluationDetail,
  type EvaluationFile,
  type EvaluationId,
  type EvaluationStatus,
  type EvaluationSummary,
  type MistakenMessage,
} from './evaluations.ts';

const base = oc.errors({
  INVALID_STATE: { message: 'Not possible in the present state.' },
  MODEL_UNAVAILABLE: { message: 'The model is not available.' },
  STORE_UNAVAILABLE: { message: 'The data folder cannot be written.' },
  NOT_FOUND: { message: 'Not found.' },
  UNREADABLE: { message: 'The file cannot be read.' },
});

/** Evaluations of models on labelled messages; finished reports are kept in the data folder. */
export const evaluationProcedures = {
  /** Begins a suite that comes in pieces. */
  uploadBegin: base.output(type<{ readonly upload: string }>()),
  uploadWrite: base.input(evaluationInputs.uploadWrite).output(z.void()),
  /** Answers once the evaluation is under way; INVALID_STATE while another one is. */
  start: base.input(evaluationInputs.start).output(type<{ readonly id: EvaluationId }>()),
  /** Ends the running evaluation after the message in flight; nothing of it is kept. */
  cancel: base.input(evaluationInputs.ofEvaluation).output(z.void()),
  status: base.output(type<EvaluationStatus>()),
  /** The status now and after each change, until the client closes the stream. */
  watch: base.output(eventIterator(type<EvaluationStatus>())),
  list: base.output(type<readonly EvaluationSummary[]>()),
  get: base.input(evaluationInputs.ofEvaluation).output(type<EvaluationDetail>()),
  /** The message of one of the report's mistakes. */
  message: base.input(evaluationInputs.ofCase).output(type<MistakenMessage>()),
  remove: base.input(evaluationInputs.ofEvaluation).output(z.void()),
  export: base.input(evaluationInputs.export).output(type<EvaluationFile>()),
} as const;
