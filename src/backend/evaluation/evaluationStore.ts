import { createHash } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  evaluationIdSchema,
  evaluationSummarySchema,
  MOST_EVALUATIONS,
  type EvaluationDetail,
  type EvaluationId,
  type EvaluationSummary,
} from '../../contract/evaluations.ts';
import { sha256Schema } from '../../contract/ids.ts';
import type { GatewayMessage } from '../../contract/messages.ts';
import { EvaluationError } from './evaluationError.ts';

/** What one file holds: the report, the outcomes behind it, and the messages of its mistakes in their order. */
export interface StoredEvaluation extends Omit<EvaluationDetail, 'summary'> {
  readonly messages: readonly GatewayMessage[];
}

const headSchema = z.strictObject({
  format: z.literal('omniguard-evaluation/1'),
  /** Of the second line. */
  sha256: sha256Schema,
  summary: evaluationSummarySchema,
});

const SUFFIX = '.json';
/** A first line is some hundred bytes; names are bounded. */
const HEAD_BYTES = 16 * 1024;

/**
 * Reports as files of a folder, one each: a line with the summary and the hash of the second line, and that line with
 * everything. The hash proves that the second line is what this program wrote, so it is not parsed field by field.
 */
export class EvaluationStore {
  private readonly folder: string;
  private readonly most: number;
  private known: Promise<Map<EvaluationId, EvaluationSummary>> | null = null;

  constructor(folder: string, most: number = MOST_EVALUATIONS) {
    this.folder = folder;
    this.most = most;
  }

  /** The newest first. Files that cannot be read are left alone and left out. */
  async list(): Promise<readonly EvaluationSummary[]> {
    return [...(await this.summaries()).values()].sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1));
  }

  /** @throws EvaluationError `NOT_FOUND`, or `UNREADABLE` when the file is damaged */
  async read(id: EvaluationId): Promise<StoredEvaluation & { readonly summary: EvaluationSummary }> {
    let text: string;
    try {
      text = await readFile(this.path(id), 'utf8');
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

  /** Replaces nothing and appears whole or not at all; the oldest beyond the bound go. @throws EvaluationError `STORE_UNAVAILABLE` */
  async write(summary: EvaluationSummary, stored: StoredEvaluation): Promise<void> {
    const known = await this.summaries();
    const body = JSON.stringify(stored);
    const head: z.input<typeof headSchema> = { format: 'omniguard-evaluation/1', sha256: hashOf(body), summary };
    const partial = `${this.path(summary.id)}.new`;
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(partial, `${JSON.stringify(head)}\n${body}\n`, { mode: 0o600 });
      await rename(partial, this.path(summary.id));
    } catch (cause) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw new EvaluationError('STORE_UNAVAILABLE', 'The report could not be written to the data folder.', { cause });
    }
    known.set(summary.id, summary);
    for (const { id } of (await this.list()).slice(this.most)) await this.remove(id);
  }

  /** @throws EvaluationError `NOT_FOUND`, or `STORE_UNAVAILABLE` when the file cannot be removed */
  async remove(id: EvaluationId): Promise<void> {
    const known = await this.summaries();
    if (!known.has(id)) throw new EvaluationError('NOT_FOUND', 'There is no such evaluation any more.');
    try {
      await rm(this.path(id), { force: true });
    } catch (cause) {
      throw new EvaluationError('STORE_UNAVAILABLE', 'The report could not be removed from the data folder.', { cause });
    }
    known.delete(id);
  }

  private path(id: EvaluationId): string {
    return join(this.folder, `${id}${SUFFIX}`);
  }

  private summaries(): Promise<Map<EvaluationId, EvaluationSummary>> {
    return (this.known ??= this.scan());
  }

  private async scan(): Promise<Map<EvaluationId, EvaluationSummary>> {
    const found = new Map<EvaluationId, EvaluationSummary>();
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      const id = evaluationIdSchema.safeParse(name.slice(0, -SUFFIX.length));
      if (!name.endsWith(SUFFIX) || !id.success) continue;
      const head = await readHead(join(this.folder, name));
      if (head !== null && head.summary.id === id.data) found.set(id.data, head.summary);
    }
    return found;
  }
}

async function readHead(path: string): Promise<z.infer<typeof headSchema> | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
      const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1);
      return parseHead(line);
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
