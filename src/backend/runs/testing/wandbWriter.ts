import { crc32 } from 'node:zlib';
import { BLOCK_BYTES, RECORD_HEADER_BYTES, RECORD_TYPES, WANDB_HEADER } from '../formats/wandb/levelLog.ts';

/** Writes wandb's log format, for tests of the reader. */
export function encodeLevelLog(records: readonly Uint8Array[]): Uint8Array {
  const out: number[] = [...WANDB_HEADER];
  for (const record of records) {
    let rest = record;
    let first = true;
    for (;;) {
      let room = BLOCK_BYTES - (out.length % BLOCK_BYTES);
      if (room < RECORD_HEADER_BYTES) {
        while (room > 0) {
          out.push(0);
          room -= 1;
        }
        room = BLOCK_BYTES;
      }
      const part = rest.subarray(0, room - RECORD_HEADER_BYTES);
      rest = rest.subarray(part.length);
      const last = rest.length === 0;
      const type = first ? (last ? RECORD_TYPES.full : RECORD_TYPES.first) : last ? RECORD_TYPES.last : RECORD_TYPES.middle;
      const body = Uint8Array.from([type, ...part]);
      const head = new DataView(new ArrayBuffer(6));
      head.setUint32(0, crc32(body), true);
      head.setUint16(4, part.length, true);
      out.push(...new Uint8Array(head.buffer), ...body);
      first = false;
      if (last) break;
    }
  }
  return Uint8Array.from(out);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

export function varintField(number: number, value: number): number[] {
  return [...varint(number * 8), ...varint(value)];
}

export function bytesField(number: number, value: readonly number[] | string): number[] {
  const bytes = typeof value === 'string' ? [...new TextEncoder().encode(value)] : value;
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

/** Items of a history, summary or configuration: value as JSON text, since it may be more than JSON. */
function items(entries: Readonly<Record<string, string>>, number: number): number[] {
  return Object.entries(entries).flatMap(([key, json]) => bytesField(number, [...bytesField(1, key), ...bytesField(16, json)]));
}

export function historyRecord(step: number, entries: Readonly<Record<string, string>>): Uint8Array {
  return Uint8Array.from(bytesField(2, [...items(entries, 1), ...bytesField(2, varintField(1, step))]));
}

export function configRecord(entries: Readonly<Record<string, string>>): Uint8Array {
  return Uint8Array.from(bytesField(5, items(entries, 1)));
}

export function runRecord(name: string, project: string): Uint8Array {
  return Uint8Array.from(bytesField(17, [...bytesField(1, 'abc'), ...bytesField(3, project), ...bytesField(8, name)]));
}

export function exitRecord(code: number): Uint8Array {
  return Uint8Array.from(bytesField(18, varintField(1, code)));
}
