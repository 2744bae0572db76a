import { MOST_SUITE_BYTES } from '../../../contract/evaluations.ts';
import type { BackendClient } from '../../platform/platform.ts';
import { base64 } from '../../lib/base64.ts';

const PIECE_BYTES = 96 * 1024;

/** Sends a suite in pieces; answers with its name at the backend. @throws Error for one that is too large; what the calls throw */
export async function sendSuite(client: BackendClient, file: File, onProgress: (share: number) => void): Promise<string> {
  if (file.size > MOST_SUITE_BYTES) throw new Error('The suite is larger than 32 MiB; evaluate it in parts or with the eval command.');
  const { upload } = await client.evaluations.uploadBegin();
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    const piece = new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer());
    await client.evaluations.uploadWrite({ upload, data: base64(piece) });
    onProgress(Math.min(1, (at + PIECE_BYTES) / file.size));
  }
  return upload;
}
