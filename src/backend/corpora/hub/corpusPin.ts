import type { CorpusSource, FileSet } from './corpusSources.ts';
import { CorpusStreamError } from './corpusStreamError.ts';
import type { FileVersion, HubClient, RequestOptions } from './hubClient.ts';

/** The files of a corpus at the commit they were first found at. */
export interface CorpusPin {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Index in the source's `fileSets`. */
  readonly fileSet: number;
  readonly files: readonly FileVersion[];
}

/**
 * Resolves a branch to a commit and describes its files; tries the file sets from `first` on.
 * @throws CorpusStreamError not_found when no file set has files, or what the Hub's client throws
 */
export async function pinCorpus(source: CorpusSource, hub: HubClient, first: number, options: RequestOptions): Promise<CorpusPin> {
  let absent: CorpusStreamError | null = null;
  for (let fileSet = first; fileSet < source.fileSets.length; fileSet++) {
    const { branch, folder, files: wanted } = source.fileSets[fileSet] as FileSet;
    try {
      const commit = await hub.resolveCommit(source.repository, branch, options);
      const paths = (await hub.listFolder(source.repository, commit, folder, options)).filter((path) => wanted.test(path));
      const files: FileVersion[] = [];
      for (const path of paths) files.push(await hub.fileInfo(source.repository, commit, path, options));
      if (files.length > 0) return { commit, fileSet, files };
    } catch (error) {
      if (!(error instanceof CorpusStreamError) || error.code !== 'not_found') throw error;
      absent ??= error;
    }
  }
  throw (
    absent ??
    new CorpusStreamError(
      'not_found',
      `${source.repository} no longer has the files that are known here: update OmniGuard, or set HF_ENDPOINT.`,
    )
  );
}
