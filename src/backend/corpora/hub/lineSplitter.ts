const NEWLINE = 0x0a;

/** One line as bytes, without its line ending. */
export interface RawLine {
  readonly bytes: Uint8Array;
  /** Offset of the byte after the line ending: where to go on once the line is dealt with. */
  readonly end: number;
}

/**
 * Cuts a byte stream into lines at 0x0A, before any decoding, so that a character which spans two chunks stays whole.
 * Lines longer than `mostBytes` come out empty with `tooLong`, without being held in memory.
 */
export class LineSplitter {
  private readonly mostBytes: number;
  private parts: Uint8Array[] = [];
  private held = 0;
  private overflowed = false;
  /** Offset of the next byte that will be pushed. */
  private offset: number;

  /** @param offset where the first chunk starts in the file */
  constructor(offset: number, mostBytes: number) {
    this.offset = offset;
    this.mostBytes = mostBytes;
  }

  /** The lines that end in this chunk. The chunk must not change afterwards. */
  *push(chunk: Uint8Array): Generator<RawLine & { readonly tooLong: boolean }, void, undefined> {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      this.hold(chunk.subarray(start, at));
      yield this.release(this.offset + at + 1);
      start = at + 1;
    }
    this.hold(chunk.subarray(start));
    this.offset += chunk.length;
  }

  /** The last line of a file that does not end with a line ending. */
  *finish(): Generator<RawLine & { readonly tooLong: boolean }, void, undefined> {
    if (this.held > 0 || this.overflowed) yield this.release(this.offset);
  }

  private hold(part: Uint8Array): void {
    if (part.length === 0 || this.overflowed) return;
    this.held += part.length;
    if (this.held > this.mostBytes) {
      this.overflowed = true;
      this.parts = [];
      return;
    }
    this.parts.push(part);
  }

  private release(end: number): RawLine & { readonly tooLong: boolean } {
    const [only] = this.parts;
    const joined = this.parts.length === 1 && only !== undefined ? only : Buffer.concat(this.parts);
    const bytes = joined.at(-1) === 0x0d ? joined.subarray(0, -1) : joined;
    const tooLong = this.overflowed;
    this.parts = [];
    this.held = 0;
    this.overflowed = false;
    return { bytes, end, tooLong };
  }
}
