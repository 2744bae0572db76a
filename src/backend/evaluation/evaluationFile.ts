import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { EvaluationReport } from '../../contract/evaluationReport.ts';
import { evaluationSummarySchema, type EvaluationSummary, type KeptMistake, type SystemRoc } from '../../contract/evaluations.ts';
import { sha256Schema } from '../../contract/ids.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { EvaluationError } from './evaluationError.ts';
import type { EvaluatedCase } from './figures/evaluatedCase.ts';

/** What one file holds: the report, the outcomes behind it, and the messages of its mistakes in their order. */
export interface StoredEvaluation {
  readonly report: EvaluationReport;
  /** Of every system that gives scores, the model first. */
  readonly roc: readonly SystemRoc[];
  readonly cases: readonly EvaluatedCase[];
  readonly mistakes: readonly KeptMistake[];
  readonly messages: readonly GatewayMessage[];
}

const headSchema = z.strictObject({
  format: z.literal('omniguard-evaluation/1'),
  /** Of the second line. */
  sha256: sha256Schema,
  summary: evaluationSummarySchema,
});

/** A first line is some hundred bytes; names are bounded. */
const HEAD_BYTES = 16 * 1024;

/**
 * A line with the summary and the hash of the second line, and that line with everything. The hash proves that the second
 * line is what this program wrote, so it is not parsed field by field. Megabytes for many cases: read and written in a worker.
 *
 * @throws EvaluationError `NOT_FOUND`, or `UNREADABLE` when the file is damaged
 */
export async function readEvaluationFile(path: string): Promise<StoredEvaluation & { readonly summary: EvaluationSummary }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new EvaluationError('NOT_FOUND', 'There is no such evaluation any more.', { cause });
  }
  const at = text.indexOf('\n');
  const head = parseHead(text.slice(0, Math.max(0, at)));
  const body = text.slice(at + 1).trimEnd();
  if (head === null || hashOf(body) !== head.sha256) {
    throw new EvaluationError('UNREADABLE', 'The file of this evaluation is damaged; remove it and evaluate again.');
  }
  return { ...(JSON.parse(body) as StoredEvaluation), summary: head.summary };
}

/** Replaces nothing and appears whole or not at all. @throws EvaluationError `STORE_UNAVAILABLE` */
export async function writeEvaluationFile(path: string, summary: EvaluationSummary, stored: StoredEvaluation): Promise<void> {
  const body = JSON.stringify(stored);
  const head: z.input<typeof headSchema> = { format: 'omniguard-evaluation/1', sha256: hashOf(body), summary };
  const partial = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, `${JSON.stringify(head)}\n${body}\n`, { mode: 0o600 });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new EvaluationError('STORE_UNAVAILABLE', 'The report could not be written to the data folder.', { cause });
  }
}

/** The summary alone; null when the file cannot be read. */
export async function readEvaluationSummary(path: string): Promise<EvaluationSummary | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
      const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1);
      return parseHead(line)?.summary ?? null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

function parseHead(line: string): z.infer<typeof headSchema> | null {
  try {
    return headSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
