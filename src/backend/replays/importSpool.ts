import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplayError } from './replayError.ts';

/** A file that arrives piece by piece. */
interface Upload {
  readonly folder: string;
  readonly file: string;
  readonly handle: FileHandle;
  bytes: number;
}

const MOST_UPLOADS = 4;
const MOST_BYTES = 4 * 1024 ** 3;

/** Files on their way in: what a page sends in pieces lies in the system's temporary folder until it is whole. */
export class ImportSpool {
  private readonly uploads = new Map<string, Upload>();

  /** Begins a file; when four are open already, the oldest is given up. */
  async begin(): Promise<string> {
    const [oldest] = this.uploads.keys();
    if (this.uploads.size >= MOST_UPLOADS && oldest !== undefined) await this.drop(oldest);
    const folder = await mkdtemp(join(tmpdir(), 'omniguard-import-'));
    const file = join(folder, 'episodes.jsonl');
    const id = `im-${randomBytes(8).toString('hex')}`;
    this.uploads.set(id, { folder, file, handle: await open(file, 'w', 0o600), bytes: 0 });
    return id;
  }

  /** @throws ReplayError when there is no such upload or it grows beyond 4 GiB */
  async write(id: string, piece: Uint8Array): Promise<void> {
    const upload = this.find(id);
    upload.bytes += piece.length;
    if (upload.bytes > MOST_BYTES) {
      await this.drop(id);
      throw new ReplayError('UNREADABLE', 'The file is larger than 4 GiB; import it in parts.');
    }
    await upload.handle.writeFile(piece);
  }

  /** Gives the whole file to `work`, then removes it. */
  async finish<T>(id: string, work: (file: string) => Promise<T>): Promise<T> {
    const { file, handle } = this.find(id);
    try {
      await handle.sync();
      return await work(file);
    } finally {
      await this.drop(id);
    }
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
    if (upload === undefined) throw new ReplayError('INVALID_STATE', 'The import was given up; choose the file again.');
    return upload;
  }
}
