import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that arrives piece by piece. */
interface Upload {
  readonly folder: string;
  readonly file: string;
  readonly handle: FileHandle;
  bytes: number;
}

export interface UploadsOptions {
  /** Begins each id, e.g. `up`. */
  readonly prefix: string;
  /** What comes in, as part of the folder's name. */
  readonly folder: string;
  readonly fileName: string;
  /** Most files open at once. */
  readonly most: number;
  readonly mostBytes: number;
  readonly tooLarge: () => Error;
  readonly givenUp: () => Error;
}

/** Files on their way in: what a page sends in pieces lies in the system's temporary folder until it has been used. */
export class Uploads {
  private readonly options: UploadsOptions;
  private readonly uploads = new Map<string, Upload>();

  constructor(options: UploadsOptions) {
    this.options = options;
  }

  /** Begins a file; when too many are open already, the oldest is given up. */
  async begin(): Promise<string> {
    const { prefix, folder: name, fileName, most } = this.options;
    const [oldest] = this.uploads.keys();
    if (this.uploads.size >= most && oldest !== undefined) await this.drop(oldest);
    const folder = await mkdtemp(join(tmpdir(), `omniguard-${name}-`));
    const file = join(folder, fileName);
    const id = `${prefix}-${randomBytes(8).toString('hex')}`;
    this.uploads.set(id, { folder, file, handle: await open(file, 'w', 0o600), bytes: 0 });
    return id;
  }

  /** @throws `givenUp` when there is no such upload, `tooLarge` when it grows beyond its limit */
  async write(id: string, piece: Uint8Array): Promise<void> {
    const upload = this.find(id);
    upload.bytes += piece.length;
    if (upload.bytes > this.options.mostBytes) {
      await this.drop(id);
      throw this.options.tooLarge();
    }
    await upload.handle.writeFile(piece);
  }

  /** The whole file, whose `drop` is then up to the caller. @throws `givenUp` */
  fileOf(id: string): string {
    return this.find(id).file;
  }

  /** Gives the whole file to `work`, then removes it. @throws `givenUp`, or what `work` throws */
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
    if (upload === undefined) throw this.options.givenUp();
    return upload;
  }
}
