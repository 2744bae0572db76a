import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CachedFile } from './cachedFile.ts';
import { LineSplitter, type RawLine } from './lineSplitter.ts';
import type { FileRow, RowSource } from './rowSource.ts';

const CHUNK_BYTES = 256 * 1024;
const MOST_LINE_BYTES = 4 * 1024 * 1024;

/** Parsing goes on for so long before the event loop gets its turn, milliseconds. */
const SLICE_MS = 8;

/** JSON lines of a file; positions are byte offsets. Lines that are no JSON object come out with their reason. */
export function jsonlRows(file: CachedFile, chunkBytes: number = CHUNK_BYTES): RowSource {
  return {
    totalRows: null,
    progressAt: (position) => (file.size === 0 ? 1 : position / file.size),
    async *batches(from) {
      const splitter = new LineSplitter(from, MOST_LINE_BYTES);
      const decoder = new TextDecoder('utf-8', { fatal: true });
      const decode: Decode = (bytes) => decoder.decode(bytes);
      for (let at = from; at < file.size; at += chunkBytes) {
        const chunk = await file.read(at, at + chunkBytes);
        let batch: FileRow[] = [];
        let since = performance.now();
        for (const line of splitter.push(chunk)) {
          batch.push(parsed(line, decode));
          if (performance.now() - since < SLICE_MS) continue;
          yield batch.filter(isRow);
          await nextTurn();
          batch = [];
          since = performance.now();
        }
        yield batch.filter(isRow);
      }
      yield [...splitter.finish()].map((line) => parsed(line, decode)).filter(isRow);
    },
    close: () => Promise.resolve(),
  };
}

type Decode = (bytes: Uint8Array) => string;

const BLANK = 'blank line';

/** Blank lines hold no row; the position moves past them with the next one. */
function isRow({ value }: FileRow): boolean {
  return value !== BLANK;
}

function parsed({ bytes, end, tooLong }: RawLine & { readonly tooLong: boolean }, decode: Decode): FileRow {
  if (tooLong) return { value: 'line too long', next: end };
  let text: string;
  try {
    text = decode(bytes);
  } catch {
    return { value: 'not UTF-8', next: end };
  }
  if (text.trim() === '') return { value: BLANK, next: end };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value: value as Record<string, unknown>, next: end };
  } catch {
    return { value: 'not JSON', next: end };
  }
  return { value: 'not an object', next: end };
}
