import { open, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sha256Schema } from '../../contract/ids.ts';
import type { CatalogueEntry, ModelEntry } from '../../contract/models.ts';
import type { HubClient, RemoteFile } from '../corpora/hub/hubClient.ts';
import { InferenceError } from './inferenceError.ts';
import { fileSha256, type ModelRegistry } from './modelRegistry.ts';

export interface PullModelOptions {
  readonly registry: ModelRegistry;
  readonly entry: CatalogueEntry;
  /** Of model repositories. */
  readonly hub: Pick<HubClient, 'resolveCommit' | 'fileInfo' | 'readRange'>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number, total: number) => void;
}

const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * Fetches a model of the catalogue, goes on where an earlier attempt broke off, checks it against the Hub's hash and writes it
 * into the manifest. Nothing is replaced before the whole file is sound.
 *
 * @throws CorpusStreamError as the Hub's client does; InferenceError when the file is not what the Hub or the catalogue says;
 * the signal's reason when it aborts; the file system's error
 */
export async function pullModel({ registry, entry, hub, signal, onProgress }: PullModelOptions): Promise<ModelEntry> {
  const { hub: place, ...described } = entry;
  const asking = signal === undefined ? {} : { signal };
  const commit = await hub.resolveCommit(place.repository, place.revision, asking);
  const info = await hub.fileInfo(place.repository, commit, place.path, asking);
  const sha256 = sha256Schema.safeParse(info.etag);
  if (!sha256.success) {
    throw new InferenceError(
      'incompatible',
      `The Hub gives no SHA-256 of ${place.path}, so the file could not be checked; nothing was fetched.`,
    );
  }
  const pulled: ModelEntry = { ...described, bytes: info.size, sha256: sha256.data, calibration: null };
  // Named after the version, so that the pieces of another one are never mixed in.
  const partialName = `${sha256.data.slice(0, 16)}.part`;
  const partial = resolve(registry.modelsDir, partialName);
  await fetchRest({ ...info, repository: place.repository, commit }, partial, hub, signal, onProgress);
  if ((await fileSha256(partial, signal)) !== pulled.sha256) {
    await rm(partial, { force: true });
    throw new InferenceError('damaged', `What arrived of ${place.path} is not the file that the Hub describes; pull it again.`);
  }
  await registry.check({ ...pulled, file: partialName }, signal);
  await rename(partial, registry.path(pulled));
  await registry.put(pulled);
  return pulled;
}

async function fetchRest(
  file: RemoteFile,
  partial: string,
  hub: Pick<HubClient, 'readRange'>,
  signal: AbortSignal | undefined,
  onProgress: PullModelOptions['onProgress'],
): Promise<void> {
  const here = (await stat(partial).catch(() => null))?.size ?? 0;
  const handle = await open(partial, here > 0 && here <= file.size ? 'a' : 'w');
  try {
    let done = here <= file.size ? here : 0;
    while (done < file.size) {
      signal?.throwIfAborted();
      const piece = await hub.readRange(file, done, Math.min(done + PIECE_BYTES, file.size), signal === undefined ? {} : { signal });
      await handle.writeFile(piece);
      done += piece.length;
      onProgress?.(done, file.size);
    }
  } finally {
    await handle.close();
  }
}
