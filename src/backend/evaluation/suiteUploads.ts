import { MOST_SUITE_BYTES } from '../../contract/evaluations.ts';
import { Uploads } from '../uploads/uploads.ts';
import { EvaluationError } from './evaluationError.ts';

/** Suites on their way in, two at most; each lies in a temporary folder until it has been evaluated. */
export function createSuiteUploads(): Uploads {
  return new Uploads({
    prefix: 'up',
    folder: 'suite',
    fileName: 'suite.jsonl',
    most: 2,
    mostBytes: MOST_SUITE_BYTES,
    tooLarge: () => new EvaluationError('UNREADABLE', 'The suite is larger than 32 MiB; evaluate it in parts or with the eval command.'),
    givenUp: () => new EvaluationError('INVALID_STATE', 'The suite was given up; choose the file again.'),
  });
}
