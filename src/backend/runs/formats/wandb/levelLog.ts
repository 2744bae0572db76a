import { crc32 } from 'node:zlib';

/** `:W&B`, magic 0xBEE1 in little endian, version 0. */
export const WANDB_HEADER = Uint8Array.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);
export const BLOCK_BYTES = 32 * 1024;
/** Checksum (4), length (2), type (1). */
export const RECORD_HEADER_BYTES = 7;
export const RECORD_TYPES = { full: 1, first: 2, middle: 3, last: 4 } as const;
const MOST_RECORD_BYTES = 64 * 1024 * 1024;

/**
 * Takes records out of LevelDB's log format as wandb writes it: blocks of 32 KiB counted from the start of the file, header
 * included, and a plain CRC-32 over type and data. Bytes come in pieces of any size; an incomplete record at the end waits for
 * more. Damaged records are counted and skipped.
 */
export class LevelLogReader {
  /** Records or parts of records whose checksum, length or order is wrong. */
  damaged = 0;
  private buffer: Uint8Array<ArrayBufferLike> = new Uint8Array();
  /** Offset in the file of the buffer's first byte. */
  private offset = 0;
  private started = false;
  private fragments: Uint8Array[] | null = null;
  private fragmentBytes = 0;
  /** The record before failed its checksum, so its length, and with it this position, may be wrong. */
  private doubtful = false;

  /** False once the first bytes prove that this is not a wandb file. */
  valid = true;

  /** Adds bytes and returns the records that they complete. */
  push(bytes: Uint8Array): Uint8Array[] {
    const joined = new Uint8Array(this.buffer.length + bytes.length);
    joined.set(this.buffer);
    joined.set(bytes, this.buffer.length);
    this.buffer = joined;
    const records: Uint8Array[] = [];
    if (!this.started && !this.start()) return records;
    let position = 0;
    while (this.valid) {
      const inBlock = BLOCK_BYTES - ((this.offset + position) % BLOCK_BYTES);
      const available = this.buffer.length - position;
      if (inBlock < RECORD_HEADER_BYTES) {
        if (available < inBlock) break;
        position += inBlock;
        continue;
      }
      if (available < RECORD_HEADER_BYTES) break;
      const view = new DataView(this.buffer.buffer, this.buffer.byteOffset + position);
      const checksum = view.getUint32(0, true);
      const length = view.getUint16(4, true);
      const type = view.getUint8(6);
      const size = RECORD_HEADER_BYTES + length;
      if (type < RECORD_TYPES.full || type > RECORD_TYPES.last || size > inBlock) {
        if (available < inBlock) break;
        this.skip();
        position += inBlock;
        continue;
      }
      if (available < size) break;
      const checked = this.buffer.subarray(position + 6, position + size);
      if (crc32(checked) === checksum) {
        this.doubtful = false;
        this.accept(type, checked.subarray(1), records);
        position += size;
      } else {
        position += this.doubtful ? Math.min(inBlock, available) : size;
        this.skip();
        this.doubtful = true;
      }
    }
    this.offset += position;
    this.buffer = this.buffer.slice(position);
    return records;
  }

  private start(): boolean {
    const seen = this.buffer.subarray(0, WANDB_HEADER.length);
    this.valid = seen.every((byte, index) => byte === WANDB_HEADER[index]);
    if (!this.valid || seen.length < WANDB_HEADER.length) return false;
    this.started = true;
    this.buffer = this.buffer.slice(WANDB_HEADER.length);
    this.offset = WANDB_HEADER.length;
    return true;
  }

  private skip(): void {
    this.damaged += 1;
    this.fragments = null;
  }

  private accept(type: number, data: Uint8Array, records: Uint8Array[]): void {
    if (type === RECORD_TYPES.full || type === RECORD_TYPES.first) {
      if (this.fragments !== null) this.damaged += 1;
      this.fragments = null;
      if (type === RECORD_TYPES.full) {
        records.push(data.slice());
        return;
      }
      this.fragments = [data.slice()];
      this.fragmentBytes = data.length;
      return;
    }
    if (this.fragments === null) {
      this.damaged += 1;
      return;
    }
    this.fragments.push(data.slice());
    this.fragmentBytes += data.length;
    if (this.fragmentBytes > MOST_RECORD_BYTES) this.skip();
    else if (type === RECORD_TYPES.last) {
      records.push(concat(this.fragments, this.fragmentBytes));
      this.fragments = null;
    }
  }
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
