import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluationIdSchema, MOST_EVALUATIONS, type EvaluationId, type EvaluationSummary } from '../../contract/evaluations.ts';
import { EvaluationError } from './evaluationError.ts';
import { readEvaluationSummary } from './evaluationFile.ts';

const SUFFIX = '.json';

/** Reports as files of a folder, one each; here is which there are. */
export class EvaluationStore {
  private readonly folder: string;
  private readonly most: number;
  private known: Promise<Map<EvaluationId, EvaluationSummary>> | null = null;

  constructor(folder: string, most: number = MOST_EVALUATIONS) {
    this.folder = folder;
    this.most = most;
  }

  /** Where the file of an evaluation lies, or will. */
  path(id: EvaluationId): string {
    return join(this.folder, `${id}${SUFFIX}`);
  }

  /** The newest first. Files that cannot be read are left alone and left out. */
  async list(): Promise<readonly EvaluationSummary[]> {
    return [...(await this.summaries()).values()].sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1));
  }

  /** Takes up a file that was written; the oldest beyond the bound go. */
  async adopt(summary: EvaluationSummary): Promise<void> {
    const known = await this.summaries();
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

  private summaries(): Promise<Map<EvaluationId, EvaluationSummary>> {
    return (this.known ??= this.scan());
  }

  private async scan(): Promise<Map<EvaluationId, EvaluationSummary>> {
    const found = new Map<EvaluationId, EvaluationSummary>();
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      const id = evaluationIdSchema.safeParse(name.slice(0, -SUFFIX.length));
      if (!name.endsWith(SUFFIX) || !id.success) continue;
      const summary = await readEvaluationSummary(join(this.folder, name));
      if (summary !== null && summary.id === id.data) found.set(id.data, summary);
    }
    return found;
  }
}
