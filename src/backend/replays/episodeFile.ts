import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { episodeManifestSchema, EPISODE_FILE_FORMAT, EPISODE_PART, type EpisodeManifest } from '../../contract/episodeFile.ts';
import type { EpisodeId } from '../../contract/ids.ts';
import type { EpisodeImportReport, EpisodeLine } from '../../contract/replays.ts';
import { firstDifference } from '../../engine/environment/difference.ts';
import type { Recording } from '../store/episodeStore.ts';
import type { ImportedMarks, SqliteEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { episodePartSchema } from './episodeFileSchema.ts';
import { ReplayError } from './replayError.ts';

/** An episode with what people added to it, as a line of an episode file holds it. */
export interface EpisodePart extends Recording, ImportedMarks {}

/** One episode as a line; null when the store does not have it. */
export function episodeLine(store: SqliteEpisodeStore, id: EpisodeId): EpisodeLine | null {
  const recording = store.recording(id);
  const summary = store.library.episode(id);
  if (recording === null || summary === null) return null;
  const bookmarks = store.library.bookmarks(id).map(({ position, note }) => ({ position, note }));
  const { episode, finishedAt, scores, steps } = recording;
  const { pinned, tags } = summary;
  return lineOf(JSON.stringify({ part: EPISODE_PART, episode, finishedAt, scores, pinned, tags, bookmarks, steps }));
}

function lineOf(text: string): EpisodeLine {
  const bytes = Buffer.from(text, 'utf8');
  return { text, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

/** @throws ReplayError `UNREADABLE`, naming the line and the field */
export function parseEpisodeLine(text: string, line: number): EpisodePart {
  let value: unknown;
  try {
    value = JSON.parse(text);
    const result = episodePartSchema.safeParse(value);
    if (!result.success) {
      const [issue] = result.error.issues;
      throw unreadable(`Line ${line} is no episode: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() + '.');
    }
  } catch (error) {
    if (error instanceof ReplayError) throw error;
    throw unreadable(`Line ${line} is not valid JSON.`, error);
  }
  // The value itself, not the parsed copy: what was hashed and played is what is stored.
  const { episode, finishedAt, scores, pinned, tags, bookmarks, steps } = value as EpisodePart;
  return { episode, finishedAt, scores, pinned, tags, bookmarks, steps: inOrder(steps) };
}

function inOrder(steps: Recording['steps']): Recording['steps'] {
  return steps.toSorted((a, b) => a.step.position - b.step.position || a.step.lane.localeCompare(b.step.lane));
}

/**
 * Takes the episodes of a file into the store. The whole file is checked first, hashes and content; a file that is
 * damaged anywhere changes nothing. Episodes that are here already are left as they are.
 * @throws ReplayError `UNREADABLE`; StoreError
 */
export async function importEpisodeFile(store: SqliteEpisodeStore, file: string): Promise<EpisodeImportReport> {
  const episodes = await checkFile(file);
  let imported = 0;
  let known = 0;
  const conflicts: EpisodeId[] = [];
  let line = 0;
  for await (const text of linesOf(file)) {
    line++;
    if (line > episodes) break;
    const part = parseEpisodeLine(text, line);
    const here = store.recording(part.episode.id);
    if (here === null) {
      store.import(part, part);
      imported++;
    } else if (firstDifference(contentOf(here), contentOf(part)) === null) {
      store.library.restore([part.episode.id]);
      known++;
    } else conflicts.push(part.episode.id);
  }
  return { imported, known, conflicts };
}

function contentOf({ episode, finishedAt, scores, steps }: Recording): Recording {
  return { episode, finishedAt, scores, steps };
}

/** Reads a whole file and returns the number of its episodes. @throws ReplayError `UNREADABLE` */
async function checkFile(file: string): Promise<number> {
  const parts: { readonly sha256: string; readonly bytes: number }[] = [];
  let last: string | null = null;
  for await (const text of linesOf(file)) {
    if (last !== null) {
      parts.push(lineOf(last));
      parseEpisodeLine(last, parts.length);
    }
    last = text;
  }
  const manifest = parseManifest(last ?? '');
  if (manifest.parts.length !== parts.length)
    throw unreadable(`The manifest names ${manifest.parts.length} episodes, the file holds ${parts.length}.`);
  const wrong = manifest.parts.findIndex(({ sha256, bytes }, index) => sha256 !== parts[index]?.sha256 || bytes !== parts[index].bytes);
  if (wrong !== -1)
    throw unreadable(`Line ${wrong + 1} was changed after the file was written: its SHA-256 is not the one in the manifest.`);
  return parts.length;
}

function parseManifest(text: string): EpisodeManifest {
  try {
    return episodeManifestSchema.parse(JSON.parse(text));
  } catch (error) {
    const whole = text.includes(EPISODE_FILE_FORMAT)
      ? 'Its manifest is damaged.'
      : 'The last line, its manifest, is missing: the file is incomplete or is no episode file.';
    throw unreadable(whole, error);
  }
}

/** Lines that are not blank. */
async function* linesOf(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) if (line.trim() !== '') yield line;
}

function unreadable(message: string, cause?: unknown): ReplayError {
  return new ReplayError('UNREADABLE', message, { cause });
}
