import { createHash } from 'node:crypto';
import { suiteRecordSchema, type SuiteRecord } from '../../contract/suites.ts';
import { InputError, type LineProblem } from './inputError.ts';
import { readLines } from './jsonLines.ts';
import { parseLine } from './parseLine.ts';

const MAX_PROBLEMS = 100;

/** What a whole pass over a suite found. */
export interface SuiteSummary {
  readonly records: number;
  readonly benign: number;
  readonly malicious: number;
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
}

/**
 * Streams a labelled suite.
 *
 * @throws InputError at the first line that is not a suite record.
 */
export async function* readSuite(
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<SuiteRecord, void, undefined> {
  for await (const line of readLines(file, options)) {
    const parsed = parseLine(suiteRecordSchema, line);
    if (!parsed.ok) throw new InputError(file, [parsed.problem]);
    yield parsed.value;
  }
}

/**
 * Reads a suite once without keeping it, so that a long evaluation does not fail at its last line.
 *
 * @throws InputError listing the bad lines (at most 100), or when the file holds no record.
 */
export async function checkSuite(file: string, options: { readonly signal?: AbortSignal } = {}): Promise<SuiteSummary> {
  const hash = createHash('sha256');
  const problems: LineProblem[] = [];
  const counts = { benign: 0, malicious: 0 };
  for await (const line of readLines(file, { ...options, onBytes: (chunk) => hash.update(chunk) })) {
    const parsed = parseLine(suiteRecordSchema, line);
    if (parsed.ok) counts[parsed.value.label]++;
    else problems.push(parsed.problem);
    if (problems.length >= MAX_PROBLEMS) break;
  }
  if (problems.length > 0) throw new InputError(file, problems);
  const records = counts.benign + counts.malicious;
  if (records === 0) throw new InputError(file, [{ line: null, field: null, problem: 'the suite holds no record' }]);
  return { records, ...counts, sha256: hash.digest('hex') };
}
