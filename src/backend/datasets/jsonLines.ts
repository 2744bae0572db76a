import { createReadStream } from 'node:fs';
import { InputError } from './inputError.ts';

/** One line of a text file. */
export interface TextLine {
  /** Line number, from 1. */
  readonly line: number;
  /** Without line ending and byte order mark. */
  readonly text: string;
}

/** A line longer than this is refused instead of being held in memory. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Streams the lines of a UTF-8 file. Lines are cut at the byte 0x0A before decoding, so no character is split;
 * blank lines are skipped and counted in the numbering.
 *
 * @throws InputError when the file cannot be read, a line is not UTF-8 or is longer than `maxLineBytes`.
 */
export async function* readLines(
  file: string,
  options: { readonly signal?: AbortSignal; readonly maxLineBytes?: number; readonly onBytes?: (chunk: Uint8Array) => void } = {},
): AsyncGenerator<TextLine, void, undefined> {
  const { signal, maxLineBytes = MAX_LINE_BYTES, onBytes } = options;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (parts: readonly Uint8Array[], line: number): string => {
    try {
      const text = decoder.decode(Buffer.concat(parts));
      return text.endsWith('\r') ? text.slice(0, -1) : text;
    } catch (cause) {
      throw new InputError(file, [{ line, field: null, problem: 'not valid UTF-8' }], { cause });
    }
  };

  let line = 1;
  let parts: Uint8Array[] = [];
  let held = 0;
  const hold = (part: Uint8Array): void => {
    held += part.length;
    if (held > maxLineBytes) throw new InputError(file, [{ line, field: null, problem: `longer than ${maxLineBytes} bytes` }]);
    parts.push(part);
  };
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024, ...(signal === undefined ? {} : { signal }) })) {
      const bytes = chunk as Buffer;
      onBytes?.(bytes);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        hold(bytes.subarray(start, end));
        const text = decode(parts, line);
        parts = [];
        held = 0;
        start = end + 1;
        if (text.trim() !== '') yield { line, text };
        line++;
      }
      if (start < bytes.length) hold(bytes.subarray(start));
    }
  } catch (cause) {
    if (isFileError(cause)) throw new InputError(file, [{ line: null, field: null, problem: fileProblem(cause.code) }], { cause });
    throw cause;
  }
  const last = decode(parts, line);
  if (last.trim() !== '') yield { line, text: last };
}

function isFileError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

function fileProblem(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'the file does not exist';
    case 'EISDIR':
      return 'this is a folder, not a file';
    case 'EACCES':
      return 'the file may not be read';
    default:
      return `the file cannot be read (${code})`;
  }
}
