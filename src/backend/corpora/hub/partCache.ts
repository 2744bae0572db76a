import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, errnoOf } from './corpusStreamError.ts';

export interface CacheUse {
  readonly bytes: number;
  readonly parts: number;
}

interface Part {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

const PART_NAME = /^(\d{1,9})-([0-9a-f]{64})\.part$/;

/**
 * Parts of files on the disk, each checked against its SHA-256 when it is read. The name of a part is
 * `NUMBER-SHA256.part`: the folder is its own index, so nothing can disagree with it after a crash. When the limit is
 * passed, the parts that were not used for longest go first, whichever corpus they belong to.
 *
 * A part is found under its corpus, a key for the file at its version, and its number.
 */
export class PartCache {
  readonly folder: string;
  private most: number;
  private readonly gone: { bytes: number; parts: number };
  /** Least recently used first; keys are `corpus/file/number`. */
  private readonly parts = new Map<string, Part>();
  private total = 0;

  private constructor(folder: string, limit: number, gone: CacheUse) {
    this.folder = folder;
    this.most = limit;
    this.gone = { ...gone };
  }

  /** Bytes that the parts may take together. */
  get limit(): number {
    return this.most;
  }

  /** What had to make room so far. */
  get evicted(): CacheUse {
    return { ...this.gone };
  }

  /**
   * Reads the index of a folder, which is made when it does not exist.
   * @param limit bytes
   * @param gone what had to make room before, where the count goes on
   * @throws CorpusStreamError disk_full or disk_failed
   */
  static async open(folder: string, limit: number, gone: CacheUse = { bytes: 0, parts: 0 }): Promise<PartCache> {
    const cache = new PartCache(folder, limit, gone);
    try {
      await mkdir(folder, { recursive: true });
      await cache.scan();
    } catch (error) {
      throw diskError(error, folder);
    }
    return cache;
  }

  /** Bytes and parts held for a corpus, or for all. */
  use(corpus?: string): CacheUse {
    if (corpus === undefined) return { bytes: this.total, parts: this.parts.size };
    let [bytes, parts] = [0, 0];
    for (const [key, part] of this.parts) {
      if (!key.startsWith(`${corpus}/`)) continue;
      bytes += part.bytes;
      parts++;
    }
    return { bytes, parts };
  }

  has(corpus: string, file: string, number: number): boolean {
    return this.parts.has(`${corpus}/${file}/${number}`);
  }

  /** The bytes of a part, or null when it is not there or no longer what was stored; a damaged part is dropped. */
  async read(corpus: string, file: string, number: number): Promise<Uint8Array | null> {
    const key = `${corpus}/${file}/${number}`;
    const part = this.parts.get(key);
    if (part === undefined) return null;
    const bytes = await readFile(part.path).catch(() => null);
    if (bytes === null || sha256(bytes) !== part.sha256) {
      await this.drop(key, part);
      return null;
    }
    this.parts.delete(key);
    this.parts.set(key, part);
    const now = new Date();
    // Keeps the order of use over a restart; a folder that cannot be written to still gives its bytes.
    await utimes(part.path, now, now).catch(() => undefined);
    return bytes;
  }

  /** Stores a part. @throws CorpusStreamError disk_full or disk_failed */
  async write(corpus: string, file: string, number: number, bytes: Uint8Array): Promise<void> {
    const key = `${corpus}/${file}/${number}`;
    const folder = join(this.folder, corpus, file);
    const hash = sha256(bytes);
    const path = join(folder, `${number}-${hash}.part`);
    const partial = join(folder, `${randomUUID()}.tmp`);
    try {
      await this.makeRoom(bytes.length);
      await mkdir(folder, { recursive: true });
      await writeFile(partial, bytes);
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined);
      throw diskError(error, this.folder);
    }
    const old = this.parts.get(key);
    if (old !== undefined) {
      this.forget(key, old);
      if (old.path !== path) await rm(old.path, { force: true }).catch(() => undefined);
    }
    this.parts.set(key, { path, sha256: hash, bytes: bytes.length });
    this.total += bytes.length;
  }

  /** Parts above a lower limit go at once, those not used for longest first. @throws CorpusStreamError disk_failed */
  async setLimit(bytes: number): Promise<void> {
    this.most = bytes;
    try {
      await this.makeRoom(0);
    } catch (error) {
      throw diskError(error, this.folder);
    }
  }

  /** Removes everything held for a corpus. @throws CorpusStreamError disk_failed */
  async clear(corpus: string): Promise<void> {
    try {
      await rm(join(this.folder, corpus), { recursive: true, force: true });
    } catch (error) {
      throw diskError(error, this.folder);
    }
    for (const [key, part] of [...this.parts]) if (key.startsWith(`${corpus}/`)) this.forget(key, part);
  }

  private async makeRoom(wanted: number): Promise<void> {
    for (const [key, part] of this.parts) {
      if (this.total + wanted <= this.most) return;
      await this.drop(key, part);
      this.gone.bytes += part.bytes;
      this.gone.parts++;
    }
  }

  private async drop(key: string, part: Part): Promise<void> {
    this.forget(key, part);
    await rm(part.path, { force: true });
  }

  private forget(key: string, part: Part): void {
    if (this.parts.delete(key)) this.total -= part.bytes;
  }

  private async scan(): Promise<void> {
    const found: { key: string; part: Part; used: number }[] = [];
    for (const corpus of await foldersIn(this.folder)) {
      for (const file of await foldersIn(join(this.folder, corpus))) {
        const folder = join(this.folder, corpus, file);
        for (const name of await readdir(folder)) {
          const [, number, hash] = PART_NAME.exec(name) ?? [];
          const path = join(folder, name);
          if (number === undefined || hash === undefined) {
            if (name.endsWith('.tmp')) await rm(path, { force: true });
            continue;
          }
          const { size, mtimeMs } = await stat(path);
          found.push({ key: `${corpus}/${file}/${Number(number)}`, part: { path, sha256: hash, bytes: size }, used: mtimeMs });
        }
      }
    }
    found.sort((a, b) => a.used - b.used);
    for (const { key, part } of found) {
      const twin = this.parts.get(key);
      if (twin !== undefined) await this.drop(key, twin);
      this.parts.set(key, part);
      this.total += part.bytes;
    }
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
