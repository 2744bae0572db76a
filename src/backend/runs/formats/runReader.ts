import type { RunFormat } from '../../../contract/runs.ts';
import type { RunDraft } from './runDraft.ts';

/**
 * Reads a source of runs in bounded pieces, and reads on when it has grown. Damage is counted in the drafts' notes and
 * skipped; only a source that cannot be opened, or holds nothing of its format, makes it throw.
 */
export interface RunReader {
  readonly format: RunFormat;
  /** Folder or file name that the runs stand together under. */
  readonly group: string;
  /** Every run seen so far. */
  readonly drafts: readonly RunDraft[];
  /** Bytes or lines that could not be read, one sentence each. */
  readonly notes: readonly string[];
  /**
   * Reads the next piece: `more` while the source holds more, `end` when all of it has been read for now, and `replaced` when it
   * was rewritten, so that it has to be read anew by another reader.
   * @throws RunsError UNREADABLE
   */
  advance(): 'more' | 'end' | 'replaced';
  /** SHA-256 of what has been read, in hexadecimal. */
  sha256(): string;
  close(): void;
}
