import path from 'node:path';
import { suiteCase } from '../datasets/suiteCase.ts';
import { checkSuite, readSuite } from '../datasets/suiteFile.ts';
import type { CaseSource } from './caseSource.ts';

/**
 * A labelled suite, checked from end to end before its first case is handed out.
 *
 * @throws InputError naming line and field.
 */
export async function suiteSource(file: string, options: { readonly signal?: AbortSignal } = {}): Promise<CaseSource> {
  const { records, sha256 } = await checkSuite(file, options);
  return {
    name: path.basename(file),
    sha256,
    size: records,
    async *cases() {
      for await (const record of readSuite(file, options)) yield suiteCase(record);
    },
  };
}
