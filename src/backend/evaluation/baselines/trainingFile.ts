import { z } from 'zod';
import { suiteRecordSchema } from '../../../contract/suites.ts';
import { InputError } from '../../datasets/inputError.ts';
import { readLines } from '../../datasets/jsonLines.ts';
import { parseLine } from '../../datasets/parseLine.ts';
import { trainingRowSchema } from '../../datasets/trainingRow.ts';
import { bigramFeatures } from './featureHash.ts';
import type { LinearExample } from './linearModel.ts';
import type { LinearText } from './predictors.ts';
import { rawText } from './rawText.ts';

const hasBody = z.looseObject({ body: z.string() });

/**
 * Reads training examples for the linear baseline: rows of `dataset` give bodies, suite records give raw text.
 * The first line tells which of the two the file holds.
 *
 * @throws InputError at the first bad line, or when the file is empty.
 */
export async function readTrainingFile(
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ readonly text: LinearText; readonly examples: readonly LinearExample[] }> {
  const examples: LinearExample[] = [];
  let text: LinearText | null = null;
  for await (const line of readLines(file, options)) {
    text ??= parseLine(hasBody, line).ok ? 'body' : 'raw';
    if (text === 'body') {
      const row = parseLine(trainingRowSchema, line);
      if (!row.ok) throw new InputError(file, [row.problem]);
      examples.push({ features: bigramFeatures(row.value.body), action: row.value.fitting });
    } else {
      const record = parseLine(suiteRecordSchema, line);
      if (!record.ok) throw new InputError(file, [record.problem]);
      examples.push({ features: bigramFeatures(rawText(record.value)), action: record.value.action });
    }
  }
  if (text === null) throw new InputError(file, [{ line: null, field: null, problem: 'the file holds no row' }]);
  return { text, examples };
}
