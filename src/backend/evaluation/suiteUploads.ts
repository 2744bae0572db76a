import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOST_SUITE_BYTES } from '../../contract/evaluations.ts';
import { EvaluationError } from './evaluationError.ts';

interface Upload {
  readonly folder: string;
  readonly file: string;
  readonly handle: FileHandle;
  bytes: number;
}

const MOST_UPLOADS = 2;

/** Suites on their way in: what a page sends in pieces lies in the system's temporary folder until it has been evaluated. */
export class SuiteUploads {
  private readonly uploads = new Map<string, Upload>();

  /** Begins a suite; when two are open already, the older one is given up. */
  async begin(): Promise<string> {
    const [oldest] = this.uploads.keys();
    if (this.uploads.size >= MOST_UPLOADS && oldest !== undefined) await this.drop(oldest);
    const folder = await mkdtemp(join(tmpdir(), 'omniguard-suite-'));
    const file = join(folder, 'suite.jsonl');
    const id = `up-${randomBytes(8).toString('hex')}`;
    this.uploads.set(id, { folder, file, handle: await open(file, 'w', 0o600), bytes: 0 });
    return id;
  }

  /** @throws EvaluationError when there is no such upload or it grows beyond 32 MiB */
  async write(id: string, piece: Uint8Array): Promise<void> {
    const upload = this.find(id);
    upload.bytes += piece.length;
    if (upload.bytes > MOST_SUITE_BYTES) {
      await this.drop(id);
      throw new EvaluationError('UNREADABLE', 'The suite is larger than 32 MiB; evaluate it in parts or with the eval command.');
    }
    await upload.handle.writeFile(piece);
  }

  /** The file of a whole suite, whose `drop` is then up to the caller. @throws EvaluationError when there is no such upload */
  fileOf(id: string): string {
    return this.find(id).file;
  }

  async drop(id: string): Promise<void> {
    const upload = this.uploads.get(id);
    if (upload === undefined) return;
    this.uploads.delete(id);
    await upload.handle.close();
    await rm(upload.folder, { recursive: true, force: true });
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.uploads.keys()].map((id) => this.drop(id)));
  }

  private find(id: string): Upload {
    const upload = this.uploads.get(id);
    if (upload === undefined) throw new EvaluationError('INVALID_STATE', 'The suite was given up; choose the file again.');
    return upload;
  }
}
