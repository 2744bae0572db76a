import { MOST_UPLOADED_BYTES, MOST_UPLOADED_FILES, type ImportProgress, type ImportReport } from '../../../contract/runs.ts';
import { base64 } from '../../lib/base64.ts';
import type { BackendClient } from '../../platform/platform.ts';
import { filesOfRuns, type ChosenFile } from './droppedFiles.ts';

const PIECE_BYTES = 96 * 1024;
/** A large file takes its time to be read. */
const IMPORT_TIMEOUT_MS = 3_600_000;
const WATCH_MS = 400;

/** How far an import is: files on their way to the backend, then runs being read. */
export type ImportStage =
  | { readonly stage: 'sending'; readonly sent: number; readonly total: number }
  | ({ readonly stage: 'reading' } & ImportProgress);

export type OnStage = (stage: ImportStage) => void;

/** Raised by cancelling; nothing went wrong. */
export class ImportCancelled extends Error {
  override readonly name = 'ImportCancelled';
}

/** Has a file or folder on the backend's machine read. @throws ImportCancelled; what the calls throw */
export function importPath(client: BackendClient, path: string, follow: boolean, onStage: OnStage, signal: AbortSignal): Promise<ImportReport> {
  return watched(client, onStage, signal, (ticket) => client.runs.import({ path, follow, ticket }, { context: { timeoutMs: IMPORT_TIMEOUT_MS } }));
}

/** Sends files of runs in pieces and has them read. @throws Error for what cannot be sent; ImportCancelled; what the calls throw */
export async function importFiles(client: BackendClient, chosen: readonly ChosenFile[], onStage: OnStage, signal: AbortSignal): Promise<ImportReport> {
  const files = filesOfRuns(chosen);
  if (files.length === 0) {
    throw new Error('Nothing of this is a run: no .wandb, wandb-history.jsonl, history.jsonl, trainer_state.json or trackio database.');
  }
  if (files.length > MOST_UPLOADED_FILES) {
    throw new Error(`These are ${files.length} files of runs; send at most ${MOST_UPLOADED_FILES} at once, or import the folder by its path.`);
  }
  const large = files.find(({ file }) => file.size > MOST_UPLOADED_BYTES);
  if (large !== undefined) throw new Error(`${large.path} is larger than 2 GiB; import it by its path.`);
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const uploads: { readonly upload: string; readonly path: string }[] = [];
  let sent = 0;
  try {
    for (const { file, path } of files) {
      stopIf(signal);
      const { upload } = await client.runs.uploadBegin();
      uploads.push({ upload, path });
      for (let at = 0; at < file.size; at += PIECE_BYTES) {
        stopIf(signal);
        const piece = new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer());
        await client.runs.uploadWrite({ upload, data: base64(piece) });
        sent += piece.length;
        onStage({ stage: 'sending', sent, total });
      }
    }
  } catch (error) {
    await client.runs.uploadCancel({ uploads: uploads.map(({ upload }) => upload) }).catch(() => undefined);
    throw error;
  }
  return watched(client, onStage, signal, (ticket) =>
    client.runs.uploadImport({ files: uploads, ticket }, { context: { timeoutMs: IMPORT_TIMEOUT_MS } }),
  );
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new ImportCancelled('The import was cancelled.');
}

/** Tells how an import goes on while it runs, and cancels it at the backend when it is given up here. */
async function watched(
  client: BackendClient,
  onStage: OnStage,
  signal: AbortSignal,
  start: (ticket: string) => Promise<ImportReport>,
): Promise<ImportReport> {
  stopIf(signal);
  const ticket = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const look = async (): Promise<void> => {
    const progress = await client.runs.importProgress({ ticket });
    if (progress !== null) onStage({ stage: 'reading', ...progress });
  };
  // What is missed here is asked for again a moment later.
  const timer = setInterval(() => void look().catch(() => undefined), WATCH_MS);
  const cancel = (): void => void client.runs.importCancel({ ticket }).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  onStage({ stage: 'reading', files: [0, 0], rows: 0 });
  try {
    return await start(ticket);
  } catch (error) {
    stopIf(signal);
    throw error;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', cancel);
  }
}
