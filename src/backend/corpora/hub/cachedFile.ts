import { createHash } from 'node:crypto';
import { CorpusStreamError } from './corpusStreamError.ts';
import type { HubClient, RemoteFile, RequestOptions } from './hubClient.ts';
import type { PartCache } from './partCache.ts';

/** Bytes of a part; what one range request asks for at least. */
export const PART_BYTES = 1024 * 1024;

/** Adjacent missing parts are asked for together, at most so many in one request. */
const MOST_PARTS_AT_ONCE = 8;

export interface CachedFileOptions extends RequestOptions {
  readonly corpus: string;
  readonly file: RemoteFile;
  readonly cache: PartCache;
  /** Null: what is not cached cannot be read. */
  readonly hub: HubClient | null;
  readonly partBytes?: number;
  /** Told the bytes that came over the network. */
  readonly onDownload?: (bytes: number) => void;
}

/** A remote file read in ranges through the disk cache. */
export class CachedFile {
  readonly size: number;
  private readonly options: CachedFileOptions;
  private readonly partBytes: number;
  private readonly key: string;
  /** The part read last: lines and pages rarely end where a part does. */
  private latest: { readonly number: number; readonly bytes: Uint8Array } | null = null;

  constructor(options: CachedFileOptions) {
    this.options = options;
    this.size = options.file.size;
    this.partBytes = options.partBytes ?? PART_BYTES;
    this.key = fileKey(options.file, this.partBytes);
  }

  /**
   * Bytes `start` to `end`, exclusive; `end` is cut at the end of the file.
   * @throws CorpusStreamError not_cached without a Hub, what the Hub's client throws, or a disk code
   */
  async read(start: number, end: number): Promise<Uint8Array> {
    const stop = Math.min(end, this.size);
    const out = new Uint8Array(Math.max(0, stop - start));
    const [first, last] = [Math.floor(start / this.partBytes), Math.ceil(stop / this.partBytes)];
    let number = first;
    while (number < last) {
      const bytes = await this.cached(number);
      if (bytes !== null) {
        this.copy(bytes, number, out, start);
        number++;
        continue;
      }
      let count = 1;
      while (count < MOST_PARTS_AT_ONCE && number + count < last && !this.holds(number + count)) count++;
      const run = await this.download(number, count);
      for (const [at, part] of run.entries()) this.copy(part, number + at, out, start);
      number += count;
    }
    return out;
  }

  private holds(number: number): boolean {
    return this.options.cache.has(this.options.corpus, this.key, number);
  }

  private async cached(number: number): Promise<Uint8Array | null> {
    if (this.latest?.number === number) return this.latest.bytes;
    const { cache, corpus } = this.options;
    const bytes = await cache.read(corpus, this.key, number);
    if (bytes === null || bytes.length !== this.lengthOf(number)) return null;
    this.latest = { number, bytes };
    return bytes;
  }

  private async download(number: number, count: number): Promise<Uint8Array[]> {
    const { hub, cache, corpus, file, signal, onRetry, onDownload } = this.options;
    if (hub === null) {
      throw new CorpusStreamError(
        'not_cached',
        `The cache holds ${file.path} up to here only: connect to the network to stream more of it.`,
      );
    }
    const from = number * this.partBytes;
    const bytes = await hub.readRange(file, from, Math.min(from + count * this.partBytes, this.size), { signal, onRetry });
    onDownload?.(bytes.length);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < count; at++) {
      const part = bytes.subarray(at * this.partBytes, Math.min((at + 1) * this.partBytes, bytes.length));
      await cache.write(corpus, this.key, number + at, part);
      this.latest = { number: number + at, bytes: part };
      parts.push(part);
    }
    return parts;
  }

  private lengthOf(number: number): number {
    return Math.min(this.partBytes, this.size - number * this.partBytes);
  }

  private copy(part: Uint8Array, number: number, out: Uint8Array, start: number): void {
    const offset = number * this.partBytes - start;
    const from = Math.max(0, -offset);
    const to = Math.min(part.length, out.length - offset);
    if (to > from) out.set(part.subarray(from, to), offset + from);
  }
}

/** Names the folder of a file's parts: another version of the file or another size of parts is another folder. */
function fileKey({ path, etag, size }: RemoteFile, partBytes: number): string {
  return createHash('sha256').update(`${path}\0${etag}\0${size}\0${partBytes}`).digest('hex').slice(0, 32);
}
