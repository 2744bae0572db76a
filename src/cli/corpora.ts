import { join } from 'node:path';
import { readCorpus } from '../backend/corpora/bundledCorpus.ts';
import { createCorporaService, type CorporaService } from '../backend/corpora/hub/corporaService.ts';
import { CorpusStreamError } from '../backend/corpora/hub/corpusStreamError.ts';
import { hubOptionsFrom } from '../backend/corpora/hub/hubClient.ts';
import { CliError } from './cliError.ts';

/**
 * Lends the streamed corpora of a data folder to a command, and puts them away afterwards.
 * @throws CliError with exit code 1 and the sentence of what went wrong, or what the work throws
 */
export async function withCorpora<T>(dataDir: string, work: (corpora: CorporaService) => Promise<T>): Promise<T> {
  const corpora = createCorporaService({
    folder: join(dataDir, 'corpora'),
    bundled: () => readCorpus(),
    hub: hubOptionsFrom(process.env),
    onFailure: (error) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  });
  try {
    return await work(corpora);
  } catch (error) {
    if (error instanceof CorpusStreamError) throw new CliError(error.message, 1, { cause: error });
    throw error;
  } finally {
    await corpora.dispose();
  }
}
