import { episodeManifestLine } from '../../../contract/episodeFile.ts';
import type { EpisodeId } from '../../../contract/ids.ts';
import type { EpisodeImportReport } from '../../../contract/replays.ts';
import type { BackendClient } from '../../platform/platform.ts';
import { base64 } from '../../lib/base64.ts';

/** Told as the work goes on; `total` in the same unit as `done`. */
export type OnProgress = (done: number, total: number) => void;

const EPISODES_PER_CALL = 10;
const PIECE_BYTES = 96 * 1024;
/** Large files are checked whole before the answer comes. */
const IMPORT_TIMEOUT_MS = 10 * 60_000;
const EXPORT_TIMEOUT_MS = 60_000;

/**
 * Puts episodes into one file: a line each and the manifest with their hashes. Ids without an episode are left out.
 * @throws Error when none of the ids has an episode; what the calls throw
 */
export async function exportEpisodes(
  client: BackendClient,
  ids: readonly EpisodeId[],
  version: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Blob> {
  const pieces: BlobPart[] = [];
  const parts: { readonly sha256: string; readonly bytes: number }[] = [];
  for (let at = 0; at < ids.length; at += EPISODES_PER_CALL) {
    const lines = await client.replays.exportLines(
      { ids: ids.slice(at, at + EPISODES_PER_CALL) },
      { signal, context: { timeoutMs: EXPORT_TIMEOUT_MS } },
    );
    for (const { text, sha256, bytes } of lines) {
      pieces.push(`${text}\n`);
      parts.push({ sha256, bytes });
    }
    onProgress(Math.min(ids.length, at + EPISODES_PER_CALL), ids.length);
  }
  if (parts.length === 0) throw new Error('None of these episodes is in the store any more.');
  pieces.push(`${episodeManifestLine({ createdAt: new Date().toISOString(), version, parts })}\n`);
  return new Blob(pieces, { type: 'application/jsonl' });
}

/** Sends a file in pieces and has it taken in. @throws what the calls throw; then nothing has changed */
export async function importEpisodes(
  client: BackendClient,
  file: Blob,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<EpisodeImportReport> {
  const { import: id } = await client.replays.importBegin(undefined, { signal });
  try {
    for (let at = 0; at < file.size; at += PIECE_BYTES) {
      const piece = new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer());
      await client.replays.importWrite({ import: id, data: base64(piece) }, { signal });
      onProgress(Math.min(file.size, at + PIECE_BYTES), file.size);
    }
    return await client.replays.importFinish({ import: id }, { signal, context: { timeoutMs: IMPORT_TIMEOUT_MS } });
  } catch (error) {
    await client.replays.importCancel({ import: id }).catch(() => undefined);
    throw error;
  }
}

/** `omniguard-episodes-3-20260101T120000Z.jsonl` */
export function episodeFileName(episodes: number, now: Date): string {
  return `omniguard-episodes-${episodes}-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}.jsonl`;
}
