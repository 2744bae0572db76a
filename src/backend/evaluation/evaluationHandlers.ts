import { implement } from '@orpc/server';
import { evaluationProcedures } from '../../contract/evaluationProcedures.ts';
import type { EvaluationService } from './evaluationService.ts';

/** The part of the contract that is about evaluations. */
export function evaluationHandlers(evaluations: EvaluationService) {
  const os = implement(evaluationProcedures);
  return {
    uploadBegin: os.uploadBegin.handler(() => evaluations.uploadBegin()),
    uploadWrite: os.uploadWrite.handler(({ input }) => evaluations.uploadWrite(input.upload, Buffer.from(input.data, 'base64'))),
    start: os.start.handler(({ input }) => evaluations.start(input)),
    cancel: os.cancel.handler(({ input }) => evaluations.cancel(input.id)),
    status: os.status.handler(() => evaluations.status()),
    watch: os.watch.handler(({ signal }) => evaluations.watch(signal)),
    list: os.list.handler(() => evaluations.list()),
    get: os.get.handler(({ input }) => evaluations.get(input.id)),
    message: os.message.handler(({ input }) => evaluations.message(input.id, input.case)),
    remove: os.remove.handler(({ input }) => evaluations.remove(input.id)),
    export: os.export.handler(({ input }) => evaluations.export(input.id, input.kind)),
  };
}
